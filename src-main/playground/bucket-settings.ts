import { S3Error } from './errors.ts'
import { childText, childrenNamed, element, s3Document } from './xml.ts'
import type { XmlElement } from './xml.ts'

/** The four switches of Block Public Access. */
export interface PublicAccessBlock {
  readonly BlockPublicAcls: boolean
  readonly IgnorePublicAcls: boolean
  readonly BlockPublicPolicy: boolean
  readonly RestrictPublicBuckets: boolean
}

/** Who owns the objects of a bucket, and whether ACLs count at all. */
export type ObjectOwnership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter'

const switches = [
  'BlockPublicAcls',
  'IgnorePublicAcls',
  'BlockPublicPolicy',
  'RestrictPublicBuckets',
] as const
const ownerships = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const

/** All four on: how every bucket begins since April 2023. */
export const everythingBlocked: PublicAccessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
}

/** All four off: what the absence of a configuration means. */
export const nothingBlocked: PublicAccessBlock = {
  BlockPublicAcls: false,
  IgnorePublicAcls: false,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
}

/** Reads a PublicAccessBlockConfiguration document; a missing switch is off. */
export function parsePublicAccessBlock(root: XmlElement): PublicAccessBlock {
  if (root.name !== 'PublicAccessBlockConfiguration') throw new S3Error('MalformedXML')
  const block = { ...nothingBlocked }
  for (const name of switches) {
    const text = childText(root, name)?.trim().toLowerCase()
    if (text !== undefined && text !== 'true' && text !== 'false') throw new S3Error('MalformedXML')
    block[name] = text === 'true'
  }
  return block
}

/** The PublicAccessBlockConfiguration document. */
export function publicAccessBlockDocument(block: PublicAccessBlock): string {
  return s3Document(
    'PublicAccessBlockConfiguration',
    switches.map((name) => element(name, block[name])),
  )
}

/** Reads an ownership setting by name, or undefined. */
export function parseOwnershipName(text: string): ObjectOwnership | undefined {
  return ownerships.find((name) => name === text.trim())
}

/** Reads an OwnershipControls document. */
export function parseOwnershipControls(root: XmlElement): ObjectOwnership {
  const [rule, ...others] = childrenNamed(root, 'Rule')
  const ownership = rule && parseOwnershipName(childText(rule, 'ObjectOwnership') ?? '')
  if (root.name !== 'OwnershipControls' || !ownership || others.length > 0) throw new S3Error('MalformedXML')
  return ownership
}

/** The OwnershipControls document. */
export function ownershipControlsDocument(ownership: ObjectOwnership): string {
  return s3Document('OwnershipControls', [element('Rule', [element('ObjectOwnership', ownership)])])
}
