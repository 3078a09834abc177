import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';

const PACKAGE = ['softqd', 'v1'] as const;
const MESSAGES = ['Transition', 'Event', 'JointStates', 'Metrics', 'Metric'] as const;

let cached: Uint8Array | undefined;

/** The google.protobuf.FileDescriptorSet of experience.proto's messages, as every schema record of a log embeds it. */
export function experienceDescriptorSet(): Uint8Array {
  cached ??= build();
  return cached;
}

function build(): Uint8Array {
  const url = new URL('../../wire/generated/descriptors.json', import.meta.url);
  const all = protobuf.Root.fromJSON(JSON.parse(readFileSync(url, 'utf8')) as protobuf.INamespace);
  const root = new protobuf.Root();
  const target = root.define([...PACKAGE]);
  for (const name of MESSAGES) target.add(protobuf.Type.fromJSON(name, all.lookupType([...PACKAGE, name]).toJSON()));
  root.resolveAll();
  const set = root.toDescriptor('proto3');
  for (const file of set.file) {
    file.name = 'softqd/v1/experience.proto';
    for (const field of (file.messageType ?? []).flatMap((message) => message.field ?? [])) {
      // A fully qualified name leaves a reader nothing to resolve.
      if (field.typeName !== undefined) field.typeName = `.${PACKAGE.join('.')}.${field.typeName}`;
    }
  }
  return descriptor.FileDescriptorSet.encode(set).finish();
}
