import type { VerbLoaders } from './verb.ts';

/** The verbs in the order of the help. */
export const verbLoaders: VerbLoaders = {
  try: async () => (await import('./try.ts')).tryVerb,
  validate: async () => (await import('./validate.ts')).validateVerb,
  check: async () => (await import('./check.ts')).checkVerb,
  hardware: async () => (await import('./hardware.ts')).hardwareVerbs,
  profile: async () => (await import('./profile.ts')).profileVerbs,
  inventory: async () => (await import('./inventory.ts')).inventoryVerbs,
  plan: async () => (await import('./plan.ts')).planVerb,
  install: async () => (await import('./install.ts')).installVerb,
  status: async () => (await import('./status.ts')).statusVerb,
  drift: async () => (await import('./drift.ts')).driftVerb,
  accept: async () => (await import('./accept.ts')).acceptVerb,
  site: async () => (await import('./site.ts')).siteVerbs,
  bundle: async () => (await import('./bundle.ts')).bundleVerbs,
  playbook: async () => (await import('./playbook.ts')).playbookVerb,
  lab: async () => (await import('./lab.ts')).labVerb,
};
