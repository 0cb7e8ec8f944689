import { randomBytes } from 'node:crypto';

/** 192 random bits as 32 URL-safe characters. */
export function randomPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** Work factor of bcrypt: 2^10 rounds, htpasswd's own usual strength for random passwords. */
const bcryptCost = 10;

/** One line of an htpasswd file, with bcrypt, the only form that the registry reads. */
export async function htpasswdLine(user: string, password: string): Promise<string> {
  const { default: bcrypt } = await import('bcryptjs');
  return `${user}:${await bcrypt.hash(password, bcryptCost)}`;
}

/** The value of an HTTP Authorization header's Basic scheme, without the word Basic. */
export function basicAuthorization(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}
