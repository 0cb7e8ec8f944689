import type { Events } from '../../base/events.ts';

/** Shows events to a person or a program. Each text it writes has already passed redaction. */
export interface Renderer extends Events {
  /** A sentence of the frame itself, outside any scope. */
  say(text: string): void;
  /** Takes the view off the screen and leaves what is worth keeping. A later event brings it back. */
  close(): Promise<void>;
}

/** Where a renderer writes. The text is whole lines. */
export type Sink = (text: string) => void;
