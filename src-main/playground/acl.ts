import { S3Error, invalidArgument, notImplemented } from './errors.ts'
import { childText, childrenNamed, element, s3Namespace, xmlDocument } from './xml.ts'
import type { XmlElement } from './xml.ts'

/** The account that owns everything here: its canonical user id. It stays the same across restarts. */
export const ownerId = '6f1b3e5a7c9d0e2f4a6b8c0d1e3f5a7b9c1d3e5f7a9b0c2d4e6f8a0b2c4d6e8f'
/** The owner's display name. */
export const ownerName = 'playground'
/** The owner's twelve-digit account id, as policies and x-amz-expected-bucket-owner write it. */
export const accountId = '123456789012'

const groups = {
  AllUsers: 'http://acs.amazonaws.com/groups/global/AllUsers',
  AuthenticatedUsers: 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers',
  LogDelivery: 'http://acs.amazonaws.com/groups/s3/LogDelivery',
} as const

const permissions = ['FULL_CONTROL', 'READ', 'WRITE', 'READ_ACP', 'WRITE_ACP'] as const

/** Who a grant is for: the one account, or one of the predefined groups. */
export type Grantee = 'owner' | keyof typeof groups
/** What a grant allows. */
export type Permission = (typeof permissions)[number]

/** One line of an access control list. */
export interface Grant {
  readonly grantee: Grantee
  readonly permission: Permission
}

/** The list of a new object or bucket: everything to the owner, nothing to anybody else. */
export const privateGrants: readonly Grant[] = [{ grantee: 'owner', permission: 'FULL_CONTROL' }]

const cannedAcls: Readonly<Record<string, readonly Grant[]>> = {
  private: [],
  'public-read': [{ grantee: 'AllUsers', permission: 'READ' }],
  'public-read-write': [
    { grantee: 'AllUsers', permission: 'READ' },
    { grantee: 'AllUsers', permission: 'WRITE' },
  ],
  'authenticated-read': [{ grantee: 'AuthenticatedUsers', permission: 'READ' }],
  // Writer and bucket owner are one account here, and there is no EC2 to grant anything to.
  'aws-exec-read': [],
  'bucket-owner-read': [],
  'bucket-owner-full-control': [],
  'log-delivery-write': [
    { grantee: 'LogDelivery', permission: 'WRITE' },
    { grantee: 'LogDelivery', permission: 'READ_ACP' },
  ],
}

/** The grants of a canned ACL; 400 InvalidArgument for a name S3 does not know. */
export function cannedGrants(name: string): readonly Grant[] {
  const extra = Object.hasOwn(cannedAcls, name) ? cannedAcls[name] : undefined
  if (!extra) throw invalidArgument('', 'x-amz-acl', name)
  return [...privateGrants, ...extra]
}

/** Block Public Access calls an ACL public when it grants anything to everybody or to every AWS account. */
export function isPublicAcl(grants: readonly Grant[]): boolean {
  return grants.some(({ grantee }) => grantee === 'AllUsers' || grantee === 'AuthenticatedUsers')
}

/** Whether the list lets an unsigned request do that. */
export function grantsEverybody(grants: readonly Grant[], permission: Permission): boolean {
  return grants.some(
    (grant) =>
      grant.grantee === 'AllUsers' &&
      (grant.permission === permission || grant.permission === 'FULL_CONTROL'),
  )
}

/** The AccessControlPolicy document. */
export function aclDocument(grants: readonly Grant[]): string {
  const xsi = { 'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance' }
  const owner = [element('ID', ownerId), element('DisplayName', ownerName)]
  return xmlDocument(
    element(
      'AccessControlPolicy',
      [
        element('Owner', owner),
        element(
          'AccessControlList',
          grants.map(({ grantee, permission }) =>
            element('Grant', [
              grantee === 'owner'
                ? element('Grantee', owner, { ...xsi, 'xsi:type': 'CanonicalUser' })
                : element('Grantee', [element('URI', groups[grantee])], { ...xsi, 'xsi:type': 'Group' }),
              element('Permission', permission),
            ]),
          ),
        ),
      ],
      { xmlns: s3Namespace },
    ),
  )
}

function parseGrantee(grantee: XmlElement): Grantee {
  const id = childText(grantee, 'ID')
  const uri = childText(grantee, 'URI')
  if (childText(grantee, 'EmailAddress') !== undefined) throw notImplemented('grants by e-mail address')
  if (id !== undefined) {
    if (id.trim() !== ownerId) throw invalidArgument('Invalid id', 'CanonicalUser/ID', id)
    return 'owner'
  }
  const group = (Object.keys(groups) as (keyof typeof groups)[]).find((name) => groups[name] === uri?.trim())
  if (!group) throw invalidArgument('Invalid group uri', 'Group/URI', uri ?? '')
  return group
}

/** Reads an AccessControlPolicy document that a client put. */
export function parseAcl(root: XmlElement): Grant[] {
  const owner = root.children.find((child) => child.name === 'Owner')
  const list = root.children.find((child) => child.name === 'AccessControlList')
  if (root.name !== 'AccessControlPolicy' || !owner || !list) throw new S3Error('MalformedACLError')
  if (childText(owner, 'ID')?.trim() !== ownerId) throw new S3Error('AccessDenied')
  return childrenNamed(list, 'Grant').map((grant) => {
    const grantee = grant.children.find((child) => child.name === 'Grantee')
    const permission = permissions.find((name) => name === childText(grant, 'Permission')?.trim())
    if (!grantee || !permission) throw new S3Error('MalformedACLError')
    return { grantee: parseGrantee(grantee), permission }
  })
}
