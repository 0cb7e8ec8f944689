/** Where the watch of a node has its things; playbooks/files/watch.sh knows the same. */
export const watchPaths = {
  program: '/usr/local/lib/perimeter/watch',
  directory: '/var/lib/perimeter/watch',
  list: '/var/lib/perimeter/watch/list',
  baseline: '/var/lib/perimeter/watch/baseline',
  /** Becomes the baseline once there are copies of its files. */
  newBaseline: '/var/lib/perimeter/watch/baseline.new',
  /** Of the host's own audit daemon, where it has one. */
  auditLog: '/var/log/audit/audit.log',
} as const;
