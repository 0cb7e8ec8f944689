import type { AcceptanceCheck, CheckContext } from '../../check.ts';
import { fieldOf, productionOf } from '../../subject.ts';

const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const;
const resources = [
  { group: '', resource: 'pods' },
  { group: '', resource: 'pods/exec' },
  { group: '', resource: 'secrets' },
  { group: '', resource: 'configmaps' },
  { group: '', resource: 'services' },
  { group: '', resource: 'nodes' },
  { group: '', resource: 'namespaces' },
  { group: 'apps', resource: 'deployments' },
  { group: 'batch', resource: 'jobs' },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
  { group: 'kustomize.toolkit.fluxcd.io', resource: 'kustomizations' },
] as const;

/** Asks the API server itself what a developer may do, verb by verb. */
async function allowedRights(context: CheckContext, login: string): Promise<string[]> {
  const { namespace } = productionOf(context);
  const allowed: string[] = [];
  for (const { group, resource } of resources) {
    for (const verb of verbs) {
      const [name, subresource] = resource.split('/');
      const answer = await context.kube.create({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        metadata: { name: '' },
        spec: {
          user: login,
          groups: ['developers', 'system:authenticated'],
          resourceAttributes: {
            verb,
            group,
            resource: name,
            namespace,
            ...(subresource === undefined ? {} : { subresource }),
          },
        },
      });
      if (fieldOf(answer, ['status', 'allowed']) !== false) allowed.push(`${verb} ${resource}`);
    }
  }
  return allowed;
}

export const rbac01: AcceptanceCheck = {
  id: 'RBAC-01',
  title: 'The developer has no access to the cluster',
  requirement:
    'Developers change the cluster through Git only: their credentials open nothing in the Kubernetes API.',
  method: 'behavioural',
  passCriterion: 'the API refuses a developer and nobody-in-particular, and allows no verb on any resource',
  severity: 'critical',
  timeoutMs: 120_000,
  async run(context) {
    const developer = context.site.people.find((person) => person.role === 'developer');
    if (developer === undefined) throw new Error('the site names no developer in site.yaml (people)');
    const token = context.credentials.get(`git.password.${developer.login}`);
    context.observe({
      what: 'the developer has a Git account',
      wanted: 'a credential to try',
      found: token === undefined ? 'none' : 'one',
      ok: token !== undefined,
    });
    const path = `/api/v1/namespaces/${productionOf(context).namespace}/pods`;
    const asDeveloper = await context.kube.statusAs({ token: token ?? 'none' }, path);
    context.observe({
      what: `GET ${path} with the developer's Git credential`,
      wanted: '401 or 403',
      found: String(asDeveloper),
      ok: [401, 403].includes(asDeveloper),
    });
    const asNobody = await context.kube.statusAs('anonymous', path);
    context.observe({
      what: `GET ${path} without a credential`,
      wanted: '401 or 403',
      found: String(asNobody),
      ok: [401, 403].includes(asNobody),
    });
    const allowed = await allowedRights(context, developer.login);
    context.evidence(
      'matrix.json',
      JSON.stringify({ user: developer.login, verbs, resources, allowed }, undefined, 2),
    );
    context.observe({
      what: `${verbs.length * resources.length} rights of ${developer.login} and the group developers`,
      wanted: 'none allowed',
      found: allowed.length === 0 ? 'none allowed' : allowed.join(', '),
      ok: allowed.length === 0,
    });
  },
  mutation: {
    title: 'the right to view given to the group developers',
    async apply(context) {
      const reference = {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        name: 'perimeter-mutation-view',
      };
      await context.kube.apply({
        apiVersion: reference.apiVersion,
        kind: reference.kind,
        metadata: { name: reference.name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'developers' }],
      });
      return () => context.kube.delete(reference);
    },
  },
};
