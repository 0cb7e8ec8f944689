import { join } from 'node:path';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import { registerSecret } from '../base/redact.ts';

/** Read-only sight of the site's credentials. */
export interface CredentialView {
  get(name: string): string | undefined;
  names(): readonly string[];
}

/**
 * The site's secrets that the installer needs again: one 0600 JSON file in the site folder, written whole or not at all.
 * Every value is registered for redaction as soon as it is known.
 */
export class CredentialStore implements CredentialView {
  readonly path: string;
  readonly #values: Map<string, string>;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #lastSave: Promise<unknown> = Promise.resolve();

  private constructor(path: string, values: Map<string, string>) {
    this.path = path;
    this.#values = values;
    for (const value of values.values()) registerSecret(value);
  }

  static async open(siteDirectory: string): Promise<CredentialStore> {
    const path = join(siteDirectory, 'credentials.json');
    const text = await readFileIfThere(path);
    const entries = text === undefined ? [] : Object.entries(JSON.parse(text) as Record<string, string>);
    return new CredentialStore(path, new Map(entries));
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  names(): readonly string[] {
    return [...this.#values.keys()].toSorted();
  }

  async set(name: string, value: string): Promise<void> {
    if (this.#values.get(name) === value) return;
    registerSecret(value);
    this.#values.set(name, value);
    await this.#save();
  }

  /** The stored value, or the one made now and stored before it is returned: a crash never loses a secret that is in use. */
  async ensure(name: string, make: () => string | Promise<string>): Promise<string> {
    return this.inTurn(async () => {
      const known = this.#values.get(name);
      if (known !== undefined) return known;
      const value = await make();
      await this.set(name, value);
      return value;
    });
  }

  /** Lets one look-and-make at a time through: targets side by side must not make the same secret twice. Does not nest. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastTurn.then(work, work);
    this.#lastTurn = result.catch(() => undefined);
    return result;
  }

  async delete(name: string): Promise<void> {
    if (this.#values.delete(name)) await this.#save();
  }

  /** One save after another, each of all that is known by then: an older picture never overwrites a newer one. */
  #save(): Promise<void> {
    const save = this.#lastSave.then(async () => {
      const sorted = Object.fromEntries([...this.#values].toSorted(([a], [b]) => (a < b ? -1 : 1)));
      await writeFileAtomic(this.path, `${JSON.stringify(sorted, undefined, 2)}\n`, 0o600);
    });
    this.#lastSave = save.catch(() => undefined);
    return save;
  }
}
