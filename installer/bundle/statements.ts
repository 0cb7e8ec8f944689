/** Statements under a signature, for rooms that sign other things than bundles. */
export { formatStatement, readStatement, type SignedStatement } from './trust/signed-statement.ts';
