import './reflect-metadata.ts';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as never);

/** @peculiar/x509, ready for use: the only door through which it is imported. */
export { x509 };
