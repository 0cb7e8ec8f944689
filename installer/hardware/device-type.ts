import { z } from 'zod';

/** Whatever NetBox lets stand there: its lists of plugs, roles and colours grow with each release of it. */
const anything = z.union([z.string(), z.number(), z.boolean()]);

/** A part of a device. Its keys are known, so that a slip of the pen is noticed; what they hold is NetBox's to judge. */
function component<K extends string>(...keys: readonly K[]) {
  const loose = Object.fromEntries(keys.map((key) => [key, anything.optional()]));
  return z
    .array(
      z.strictObject({
        name: z.string().min(1),
        label: z.string().optional(),
        description: z.string().optional(),
        ...(loose as Record<K, z.ZodOptional<typeof anything>>),
      }),
    )
    .optional();
}

/**
 * A device type as NetBox and its community library exchange them. Manufacturer, model and slug are used here; all else is passed on as
 * it is, so that a file of a vendor or of the library can be put into the catalogue without touching it.
 */
export const DeviceType = z.strictObject({
  manufacturer: z.string().min(1),
  model: z.string().min(1),
  slug: z.string().regex(/^[-a-z0-9_]+$/),
  part_number: z.string().optional(),
  description: z.string().optional(),
  default_platform: z.string().optional(),
  u_height: z.number().min(0).multipleOf(0.5).optional(),
  exclude_from_utilization: z.boolean().optional(),
  is_full_depth: z.boolean().optional(),
  is_powered: z.boolean().optional(),
  airflow: z.string().optional(),
  weight: z.number().optional(),
  weight_unit: z.enum(['kg', 'g', 'lb', 'oz']).optional(),
  subdevice_role: z.string().optional(),
  // The library says whether there is a picture, NetBox names it.
  front_image: z.union([z.boolean(), z.string()]).optional(),
  rear_image: z.union([z.boolean(), z.string()]).optional(),
  comments: z.string().optional(),
  tags: z.array(anything).optional(),
  custom_fields: z.record(z.string(), z.json()).optional(),
  'console-ports': component('type', '_is_power_source'),
  'console-server-ports': component('type'),
  'power-ports': component('type', 'maximum_draw', 'allocated_draw'),
  'power-outlets': component('type', 'color', 'power_port', 'feed_leg'),
  interfaces: component('type', 'enabled', 'mgmt_only', 'bridge', 'poe_mode', 'poe_type', 'rf_role'),
  'front-ports': component('type', 'color', 'positions', 'rear_port', 'rear_port_position'),
  'rear-ports': component('type', 'color', 'positions', '_is_power_source'),
  'port-mappings': z.array(z.record(z.string(), anything)).optional(),
  'module-bays': component('position', 'enabled'),
  'device-bays': component('enabled'),
  'inventory-items': component('manufacturer', 'part_id', 'parent', 'role'),
});
export type DeviceType = z.output<typeof DeviceType>;
