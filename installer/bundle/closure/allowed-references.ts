/** An image reference that need not be in the bundle, or a text that only looks like one. */
export interface AllowedReference {
  readonly file: RegExp;
  readonly reference: RegExp;
  readonly reason: string;
}

/** Each with the reason why it is no image that a site has to hold. A line that nothing needs any more fails the build. */
export const allowedReferences: readonly AllowedReference[] = [
  {
    file: /^applications repository, sample-app\/base\/deployment\.yaml$/,
    reference: /^sample-app$/,
    reason:
      'A name for the overlays, which put the image of the bundle in its place; those are held against the bundle.',
  },
];
