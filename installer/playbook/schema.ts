import { z } from 'zod';
import { beforeRendering, oneOrMore } from './fields.ts';
import { namesOf, playbookModules } from './modules.ts';

const name = z.string().min(1).meta({ example: 'name: Write the configuration of the container runtime' });

const moduleKeys = Object.fromEntries(
  Object.values(playbookModules).flatMap((module) => {
    const args = beforeRendering(module.args).optional().meta({ example: module.example });
    return namesOf(module).map((key) => [key, args]);
  }),
) as Record<string, z.ZodOptional<z.ZodObject>>;

const taskKeywords = {
  name,
  when: z.union([z.string(), z.boolean(), z.array(z.string())]).optional(),
  loop: z.union([z.string(), z.array(z.unknown())]).optional(),
  loop_control: z.strictObject({ label: z.string() }).optional(),
  register: z
    .string()
    .regex(/^[a-z_]\w*$/, 'must be a name of letters, digits and _')
    .optional(),
  notify: oneOrMore().optional(),
  tags: oneOrMore().optional(),
  vars: z.record(z.string(), z.unknown()).optional(),
  become: z
    .literal(true, 'can only be true (yes would be a text): everything on a host is done as root')
    .optional(),
  become_user: z.string().optional(),
  no_log: z.boolean().optional(),
  changed_when: z
    .literal(false, 'can only be false: every module knows by itself what it changed')
    .optional(),
  import_tasks: z.string().optional(),
  meta: z.literal('flush_handlers', 'can only be flush_handlers').optional(),
};

/** One entry of a list of tasks. Which keys go together is judged afterwards, with better words. */
export const taskSchema = z.strictObject({ ...taskKeywords, name: name.optional(), ...moduleKeys });

/** The words of a task that are no modules. */
export const taskKeys: readonly string[] = Object.keys(taskKeywords);

/** Entries are judged one by one: one that is wrong does not keep the others from it. */
const entries = z.array(z.unknown());

export const playSchema = z.strictObject({
  name,
  hosts: oneOrMore().meta({ example: 'hosts: all' }),
  become: taskKeywords.become,
  gather_facts: z.boolean().optional(),
  vars: z.record(z.string(), z.unknown()).optional(),
  tasks: entries,
  handlers: entries.optional(),
});

export const playKeys: readonly string[] = Object.keys(playSchema.shape);

export const playbookSchema = z.array(z.unknown()).min(1);
export const taskListSchema = z.array(z.unknown());

export type RawTask = z.output<typeof taskSchema> & Readonly<Record<string, unknown>>;
