import { ensureSiteAuthority } from '../../../installer/site/certificate-authority.ts';
import { CredentialStore } from '../../../installer/site/credentials.ts';
import { ownFolder } from './own-folder.ts';

const credentials = await CredentialStore.open(await ownFolder());

/** A real certificate, made for this run of the tests: it stands for that of a cluster. */
export const testCertificate = { certificate: await ensureSiteAuthority(credentials, 'unit') };
