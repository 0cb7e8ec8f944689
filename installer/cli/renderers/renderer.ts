import type { Events } from '../../base/events.ts';

/** Shows events to a person or a program. Each text it writes has already passed redaction. */
export interface Renderer extends Events {
  /** A sentence of the frame itself, outside any scope. */
  say(text: string): void;
  /** Shows a whole text between the events: a plan, an introduction. */
  show(text: string): Promise<void>;
  /** Takes the view off the screen and leaves what is finished. The next event brings back what is not. */
  pause(): Promise<void>;
  /** Ends the view: what is not finished was cut short. */
  close(): Promise<void>;
}

/** Where a renderer writes. The text is whole lines. */
export type Sink = (text: string) => void;
