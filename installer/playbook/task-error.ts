/** A task cannot be done as it is written or as the host is. The interpreter adds file, line, task and host. */
export class TaskError extends Error {}
