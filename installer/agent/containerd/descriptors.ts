/**
 * The few messages and calls of containerd's API that the agent uses, as protobuf descriptors. Field numbers are containerd's;
 * fields that are not used are left out, which protobuf allows.
 */
type Fields = Record<
  string,
  { readonly type: string; readonly id: number; readonly rule?: 'repeated'; readonly keyType?: string }
>;

const message = (fields: Fields): object => ({ fields });
const labels = (id: number): Fields => ({ labels: { keyType: 'string', type: 'string', id } });
const call = (requestType: string, responseType: string): object => ({ requestType, responseType });
const empty = message({});
const inPackage = (path: string, nested: object): object =>
  path.split('.').reduceRight<object>((inner, name) => ({ nested: { [name]: inner } }), { nested });

const fieldMask = { FieldMask: message({ paths: { rule: 'repeated', type: 'string', id: 1 } }) };

export const contentDescriptor = inPackage('containerd.services.content.v1', {
  Content: {
    methods: {
      Info: call('InfoRequest', 'InfoResponse'),
      Read: { ...call('ReadContentRequest', 'ReadContentResponse'), responseStream: true },
      Update: call('UpdateRequest', 'UpdateResponse'),
      Write: {
        ...call('WriteContentRequest', 'WriteContentResponse'),
        requestStream: true,
        responseStream: true,
      },
    },
  },
  Info: message({ digest: { type: 'string', id: 1 }, size: { type: 'int64', id: 2 }, ...labels(5) }),
  InfoRequest: message({ digest: { type: 'string', id: 1 } }),
  InfoResponse: message({ info: { type: 'Info', id: 1 } }),
  UpdateRequest: message({ info: { type: 'Info', id: 1 }, updateMask: { type: 'FieldMask', id: 2 } }),
  UpdateResponse: message({ info: { type: 'Info', id: 1 } }),
  ...fieldMask,
  ReadContentRequest: message({ digest: { type: 'string', id: 1 }, size: { type: 'int64', id: 3 } }),
  ReadContentResponse: message({ data: { type: 'bytes', id: 2 } }),
  WriteAction: { values: { STAT: 0, WRITE: 1, COMMIT: 2 } },
  WriteContentRequest: message({
    action: { type: 'WriteAction', id: 1 },
    ref: { type: 'string', id: 2 },
    total: { type: 'int64', id: 3 },
    expected: { type: 'string', id: 4 },
    offset: { type: 'int64', id: 5 },
    data: { type: 'bytes', id: 6 },
    ...labels(7),
  }),
  WriteContentResponse: message({
    action: { type: 'WriteAction', id: 1 },
    offset: { type: 'int64', id: 4 },
    total: { type: 'int64', id: 5 },
    digest: { type: 'string', id: 6 },
  }),
});

const descriptor = {
  Descriptor: message({
    mediaType: { type: 'string', id: 1 },
    digest: { type: 'string', id: 2 },
    size: { type: 'int64', id: 3 },
  }),
};

export const imagesDescriptor = inPackage('containerd.services.images.v1', {
  Images: {
    methods: {
      Get: call('GetImageRequest', 'ImageResponse'),
      Create: call('ImageRequest', 'ImageResponse'),
      Update: call('ImageRequest', 'ImageResponse'),
      Delete: call('DeleteImageRequest', 'Empty'),
    },
  },
  ...descriptor,
  Image: message({ name: { type: 'string', id: 1 }, ...labels(2), target: { type: 'Descriptor', id: 3 } }),
  GetImageRequest: message({ name: { type: 'string', id: 1 } }),
  ImageRequest: message({ image: { type: 'Image', id: 1 } }),
  ImageResponse: message({ image: { type: 'Image', id: 1 } }),
  DeleteImageRequest: message({ name: { type: 'string', id: 1 }, sync: { type: 'bool', id: 2 } }),
  Empty: empty,
});

export const leasesDescriptor = inPackage('containerd.services.leases.v1', {
  Leases: {
    methods: {
      Create: call('CreateRequest', 'CreateResponse'),
      Delete: call('DeleteRequest', 'Empty'),
    },
  },
  Lease: message({ id: { type: 'string', id: 1 }, ...labels(3) }),
  CreateRequest: message({ id: { type: 'string', id: 1 }, ...labels(3) }),
  CreateResponse: message({ lease: { type: 'Lease', id: 1 } }),
  DeleteRequest: message({ id: { type: 'string', id: 1 }, sync: { type: 'bool', id: 2 } }),
  Empty: empty,
});

/** Where a snapshot is mounted from: the snapshots service tells it, and the diff service is given it back. */
const mount = {
  Mount: message({
    type: { type: 'string', id: 1 },
    source: { type: 'string', id: 2 },
    target: { type: 'string', id: 3 },
    options: { rule: 'repeated', type: 'string', id: 4 },
  }),
};

export const snapshotsDescriptor = inPackage('containerd.services.snapshots.v1', {
  Snapshots: {
    methods: {
      Prepare: call('PrepareSnapshotRequest', 'PrepareSnapshotResponse'),
      Commit: call('CommitSnapshotRequest', 'Empty'),
      Remove: call('SnapshotRequest', 'Empty'),
      Stat: call('SnapshotRequest', 'Empty'),
    },
  },
  PrepareSnapshotRequest: message({
    snapshotter: { type: 'string', id: 1 },
    key: { type: 'string', id: 2 },
    parent: { type: 'string', id: 3 },
    ...labels(4),
  }),
  PrepareSnapshotResponse: message({ mounts: { rule: 'repeated', type: 'Mount', id: 1 } }),
  ...mount,
  CommitSnapshotRequest: message({
    snapshotter: { type: 'string', id: 1 },
    name: { type: 'string', id: 2 },
    key: { type: 'string', id: 3 },
    ...labels(4),
  }),
  SnapshotRequest: message({ snapshotter: { type: 'string', id: 1 }, key: { type: 'string', id: 2 } }),
  Empty: empty,
});

export const diffDescriptor = inPackage('containerd.services.diff.v1', {
  Diff: { methods: { Apply: call('ApplyRequest', 'ApplyResponse') } },
  ...descriptor,
  ...mount,
  ApplyRequest: message({
    diff: { type: 'Descriptor', id: 1 },
    mounts: { rule: 'repeated', type: 'Mount', id: 2 },
  }),
  ApplyResponse: message({ applied: { type: 'Descriptor', id: 1 } }),
});
