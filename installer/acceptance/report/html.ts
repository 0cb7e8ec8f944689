import Handlebars from 'handlebars';
import { formatDuration } from '../../base/units.ts';

/** Fills the report template. Every value is escaped; the result is one file without outside references. */
export function renderHtml(template: string, master: object): string {
  const engine = Handlebars.create();
  engine.registerHelper('duration', (ms: number) => formatDuration(ms));
  engine.registerHelper('mark', (ok: boolean) => (ok ? 'ok' : 'NOT OK'));
  engine.registerHelper('verdict', (counts: Record<string, number>) =>
    (counts['fail'] ?? 0) + (counts['error'] ?? 0) === 0 && (counts['pass'] ?? 0) > 0
      ? 'accepted'
      : 'not accepted',
  );
  return engine.compile(template, { strict: true })(master);
}
