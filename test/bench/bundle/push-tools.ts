import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { moduleProgram } from '../../support/module-program.ts';

/** A program that people bring the images of a layout into a registry with, one image for each start. */
export interface PushTool {
  push(image: string): Promise<void>;
  /** Starts and does nothing. */
  start(): Promise<void>;
}

export async function pushTools(layout: string, port: number): Promise<Readonly<Record<string, PushTool>>> {
  if (!process.env['PATH']?.split(':').some((path) => existsSync(join(path, 'skopeo'))))
    throw new Error('the comparison needs skopeo: apt-get install -y skopeo');
  // No Debian package of this release has it.
  const oras = await moduleProgram('oras', 'oras.land/oras/cmd/oras');
  const to = (image: string): string => `127.0.0.1:${port}/bench/${image}:v1`;
  return {
    skopeo: {
      async push(image) {
        const places = [`oci:${layout}:${image}`, `docker://${to(image)}`];
        await execa('skopeo', ['copy', '--quiet', '--dest-tls-verify=false', ...places]);
      },
      async start() {
        await execa('skopeo', ['--version']);
      },
    },
    oras: {
      async push(image) {
        await execa(oras, ['cp', '--from-oci-layout', `${layout}:${image}`, '--to-plain-http', to(image)]);
      },
      async start() {
        await execa(oras, ['version']);
      },
    },
  };
}
