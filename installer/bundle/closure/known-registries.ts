/** Hosts that serve images and hardly anything else; and every host that is called a registry. */
const hosts = [
  '(?:[\\w-]+\\.)?docker\\.io',
  'ghcr\\.io',
  'quay\\.io',
  '(?:[\\w-]+\\.)?gcr\\.io',
  '[\\w-]+-docker\\.pkg\\.dev',
  'mcr\\.microsoft\\.com',
  '[\\w-]+\\.azurecr\\.io',
  'public\\.ecr\\.aws',
  '\\d+\\.dkr\\.ecr\\.[\\w-]+\\.amazonaws\\.com',
  'docker\\.elastic\\.co',
  'nvcr\\.io',
  'lscr\\.io',
  'cgr\\.dev',
  '(?:[\\w-]+\\.)?icr\\.io',
  '(?:registry|docker|harbor|cr)\\.[a-z0-9-]+(?:\\.[a-z0-9-]+)*',
];
const onKnown = new RegExp(`^(?:${hosts.join('|')})(?::\\d+)?/[a-z0-9]`);

/** True for host/path where the host says that the path is an image, without any tag. */
export function isOfKnownRegistry(word: string): boolean {
  return onKnown.test(word);
}
