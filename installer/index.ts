/** The library: everything the command line does can be done from here. */
export { PerimeterError } from './base/errors.ts';
