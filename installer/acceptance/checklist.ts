import type { AcceptanceCheck } from './check.ts';
import { drf01 } from './checks/drift/drf-01.ts';
import { drf02 } from './checks/drift/drf-02.ts';
import { drf06 } from './checks/drift/drf-06.ts';
import { drf10 } from './checks/drift/drf-10.ts';
import { git02 } from './checks/git/git-02.ts';
import { git03 } from './checks/git/git-03.ts';
import { img01 } from './checks/images/img-01.ts';
import { img05 } from './checks/images/img-05.ts';
import { rbac01 } from './checks/rights/rbac-01.ts';
import { rbk01 } from './checks/rollback/rbk-01.ts';
import { sec06 } from './checks/secrets/sec-06.ts';

/** The checklist, in the order in which it is run: what only looks first, what breaks things last. */
export const checklist: readonly AcceptanceCheck[] = [
  img01,
  img05,
  rbac01,
  git02,
  git03,
  sec06,
  drf10,
  drf01,
  drf02,
  drf06,
  rbk01,
];
