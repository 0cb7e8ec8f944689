/**
 * Every operating error the product can raise: its code, when it is raised, and the exit code it leads to.
 * A test holds this table equal to the codes used in the source and to the README's table of exit codes.
 */
export const errorCodes = {
  E_USAGE: { exitCode: 2, when: 'The command line is wrong.' },
  E_SITE_INVALID: {
    exitCode: 2,
    when: 'site.yaml, the inventory or a profile has problems; all are listed.',
  },
  E_SITE_MISSING: { exitCode: 2, when: 'The site folder or one of its files is not there.' },
  E_RECIPE_INVALID: { exitCode: 2, when: 'A recipe in images/ cannot be read.' },
  E_LOCK_STALE: { exitCode: 2, when: 'images.lock does not fit the recipes or the bundle.' },
  E_BUNDLE_MISSING: { exitCode: 2, when: 'The bundle file is not there.' },
  E_BUNDLE_DAMAGED: { exitCode: 2, when: 'The bundle is truncated, altered or incomplete.' },
  E_BUNDLE_UNSIGNED: { exitCode: 2, when: 'The bundle carries no signature.' },
  E_BUNDLE_OLDER: { exitCode: 2, when: 'The bundle is older than one that the site accepted before.' },
  E_IMPORT_REFUSED: { exitCode: 3, when: 'The scanner of the site refused what was carried in.' },
  E_DELTA_MISFIT: { exitCode: 2, when: 'A delta counts on blobs that the site does not have.' },
  E_MEDIUM: { exitCode: 1, when: 'A medium cannot be read any more.' },
  E_KEY_UNKNOWN: { exitCode: 2, when: 'Something is signed by a key that is not trusted here.' },
  E_KEY_EXPIRED: { exitCode: 2, when: 'Something is signed by a key whose time is over.' },
  E_KEY_FILE: { exitCode: 2, when: 'A signing key is absent, locked, damaged or open to others.' },
  E_STATEMENT_INVALID: { exitCode: 2, when: 'A signed statement is damaged, altered or of another kind.' },
  E_BUILD_FAILED: { exitCode: 1, when: 'An artifact could not be built from its source.' },
  E_CLOSURE: {
    exitCode: 1,
    when: 'Something that runs on a site refers to an image that the bundle does not hold.',
  },
  E_NOT_REPRODUCIBLE: { exitCode: 1, when: 'An artifact made again has other bytes than before.' },
  E_PACKAGE_GONE: {
    exitCode: 1,
    when: 'A package archive no longer serves a version that images.lock asks for.',
  },
  E_MACHINE_UNFIT: { exitCode: 3, when: 'This machine lacks something that the command needs.' },
  E_LAB: { exitCode: 1, when: 'A lab host could not be made, started or taken down.' },
  E_INVENTORY_INVALID: { exitCode: 2, when: 'A table of machines has problems; every bad line is named.' },
  E_HARDWARE_INVALID: {
    exitCode: 2,
    when: 'The hardware catalogue or what a site says of its machines has problems; all are listed.',
  },
  E_HARDWARE_UNTOLD: { exitCode: 3, when: 'A machine does not tell its manufacturer and model.' },
  E_CHECK_REFUSED: { exitCode: 3, when: 'A check of the hosts refused; nothing was changed.' },
  E_HOST_UNREACHABLE: { exitCode: 3, when: 'A host does not answer, or its SSH port is closed.' },
  E_HOST_KEY: { exitCode: 3, when: "A host's SSH key is not the one pinned in the inventory." },
  E_HOST_LOGIN: { exitCode: 3, when: 'A host refuses the user, key or password.' },
  E_HOST_COMMAND: { exitCode: 1, when: 'A command on a host failed.' },
  E_HOST_TIMEOUT: { exitCode: 1, when: 'A command on a host did not end in time.' },
  E_HOST_FILE: { exitCode: 1, when: 'A file on a host could not be read or written.' },
  E_DISK_FULL: { exitCode: 1, when: 'A disk has not enough room.' },
  E_FILE_WRITE: { exitCode: 1, when: 'A file or folder on this machine cannot be written.' },
  E_PLAYBOOK_INVALID: {
    exitCode: 2,
    when: 'A playbook has problems; all are listed with file, line and task.',
  },
  E_PLAYBOOK_TASK: { exitCode: 1, when: 'A task of a playbook failed on a host.' },
  E_AGENT: { exitCode: 1, when: 'The agent on a node could not be sent, started or understood.' },
  E_SEED: { exitCode: 1, when: 'An artifact could not be brought to a node.' },
  E_CONTAINERD: { exitCode: 1, when: 'containerd on a node refused a request or did not answer.' },
  E_KUBE_API: { exitCode: 1, when: 'The Kubernetes API refused a request or did not answer.' },
  E_REGISTRY: { exitCode: 1, when: 'The image registry refused a request or did not answer.' },
  E_GIT: { exitCode: 1, when: 'The Git server refused a request or did not answer.' },
  E_SECRETS: { exitCode: 1, when: 'The secret manager refused a request or did not answer.' },
  E_CHART: { exitCode: 1, when: 'A chart could not be rendered.' },
  E_CONDITION_TIMEOUT: { exitCode: 1, when: 'Something that should come true did not, before its deadline.' },
  E_PLAN_INVALID: { exitCode: 2, when: 'A saved plan cannot be read.' },
  E_PLAN_STALE: {
    exitCode: 3,
    when: 'Site, bundle, program or hosts are not as they were when the plan was saved.',
  },
  E_PLAN_MISFIT: {
    exitCode: 1,
    when: 'On the way, something turned out to be needed that the saved plan does not hold.',
  },
  E_SITE_LOCKED: { exitCode: 3, when: 'Another installer works on the same site.' },
  E_INTERRUPTED: { exitCode: 130, when: 'The person at the keyboard stopped the run.' },
} as const satisfies Record<string, { exitCode: number; when: string }>;

export type ErrorCode = keyof typeof errorCodes;
