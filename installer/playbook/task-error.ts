/** A task cannot be done as it is written or as the host is. The interpreter adds file, line, task and host. */
export class TaskError extends Error {}

/**
 * A task that no change on its host would mend: what it says is wrong, or it refuses what it found. Told before anything is changed,
 * unless it comes of a registered result that may still become another one.
 */
export class FinalTaskError extends TaskError {}
