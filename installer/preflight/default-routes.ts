import type { Survey } from '../hosts/survey.ts';
import { parseCidr } from '../site/networks.ts';

/** No network of an organisation is wider. */
const widestPrefix = 8;

/** A route for a large part of all addresses leads out as a default route does: two halves of the Internet are often set in its place. */
export function isAlmostDefault(route: string): boolean {
  return (parseCidr(route)?.prefix ?? 32) < widestPrefix;
}

/** The devices by which packets leave for addresses that the host knows nothing about; a route without a known device is "a device". */
export function waysOut(survey: Survey, protocol: 4 | 6): readonly string[] {
  const devices = [...new Set(survey.values(protocol === 4 ? 'defaultDevice' : 'defaultDevice6'))];
  if (devices.length > 0 || protocol === 6) return devices;
  const { hasDefaultRoute, routes } = survey.facts;
  const wide = routes.filter(isAlmostDefault);
  return wide.length > 0 ? wide.map((route) => `the route ${route}`) : hasDefaultRoute ? ['a device'] : [];
}
