import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSiteAuthority } from '../../../installer/site/certificate-authority.ts';
import { CredentialStore } from '../../../installer/site/credentials.ts';

const credentials = await CredentialStore.open(await mkdtemp(join(tmpdir(), 'perimeter-certificate-')));

/** A real certificate, made for this run of the tests: it stands for that of a cluster. */
export const testCertificate = { certificate: await ensureSiteAuthority(credentials, 'unit') };
