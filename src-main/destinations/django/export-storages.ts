import type { DestinationInput } from '../../../src-preload/contract/destination.ts'
import type { DjangoAccess } from '../../../src-preload/contract/django.ts'
import { commentText, pythonLiteral, storageAlias, storageClassName } from './python-text.ts'

/** A destination as a storage class of a Django project. */
export interface StorageClass {
  readonly className: string
  /** The alias of `STORAGES`. */
  readonly alias: string
  readonly destination: DestinationInput
  readonly base: 'S3Storage' | 'S3StaticStorage'
  /** Its attributes, in order. */
  readonly attributes: Readonly<Record<string, Parameters<typeof pythonLiteral>[0]>>
}

/**
 * The storage classes of a bucket's destinations. The first public static one serves static files, and the first public
 * media one is the default, as in the tutorial; where none is public, the first of the kind. What Django cannot be told goes to `note`.
 */
export function storageClasses(
  destinations: readonly DestinationInput[],
  access: DjangoAccess,
  note: (sentence: string) => void,
): StorageClass[] {
  const classNames = new Set(['S3Storage', 'S3StaticStorage'])
  const aliases = new Set(['default', 'staticfiles'])
  const keyPairId = cloudFrontKeyPair(destinations)
  const usual = (wanted: DestinationInput['kind']) => {
    const ofKind = destinations.filter(({ kind }) => kind === wanted)
    return ofKind.find(({ visibility }) => visibility === 'public') ?? ofKind[0]
  }
  const [forStatic, byDefault] = [usual('static'), usual('media')]
  return destinations.map((destination) => {
    const className = storageClassName(destination.name, classNames)
    classNames.add(className)
    const alias =
      destination === forStatic
        ? 'staticfiles'
        : destination === byDefault
          ? 'default'
          : storageAlias(destination.name, aliases)
    aliases.add(alias)
    return {
      className,
      alias,
      destination,
      // A private one signs all the same: what its class says goes before what it is made from.
      base: destination.kind === 'static' ? 'S3StaticStorage' : 'S3Storage',
      attributes: attributesOf(destination, { access, keyPairId }, note),
    }
  })
}

/** The key pair that signs links of private destinations for CloudFront: the settings of a site have one. */
export function cloudFrontKeyPair(destinations: readonly DestinationInput[]): string | null {
  return destinations.find(isSignedByCloudFront)?.keyPairId ?? null
}

function isSignedByCloudFront({ visibility, baseUrl, keyPairId }: DestinationInput): boolean {
  return visibility === 'private' && baseUrl !== null && (keyPairId ?? null) !== null
}

function attributesOf(
  destination: DestinationInput,
  { access, keyPairId }: { readonly access: DjangoAccess; readonly keyPairId: string | null },
  note: (sentence: string) => void,
): StorageClass['attributes'] {
  const { name, baseUrl } = destination
  const isPublic = destination.visibility === 'public'
  const isSigned = isSignedByCloudFront(destination)
  const isOfThePair = isSigned && destination.keyPairId === keyPairId
  const domain = isPublic || isOfThePair ? customDomain(destination, note) : null
  if (isSigned && !isOfThePair)
    note(
      `“${name}” has a key pair of its own (${destination.keyPairId}), and the settings have one, ${keyPairId}: its links are signed for the bucket’s own address.`,
    )
  else if (isOfThePair)
    note(
      `Links of “${name}” are signed for CloudFront, with the private key of ${keyPairId}: the site needs it in AWS_CLOUDFRONT_KEY.`,
    )
  else if (!isPublic && baseUrl !== null)
    note(`“${name}” is private: its links are signed for the bucket’s own address, and not for ${baseUrl}.`)
  if (destination.kind === 'static' && destination.longCache)
    note(
      `“${name}” caches fingerprinted files for a year. Django gives names with digests when the class is made from S3ManifestStaticStorage, and sends one Cache-Control with all files.`,
    )
  const parameters = parametersOf(destination)
  if (parameters === null)
    note(`The header rules of “${name}” go by path, which Django’s settings cannot say.`)
  return {
    bucket_name: destination.bucket,
    location: destination.prefix.replace(/\/+$/, ''),
    default_acl: access === 'acl' ? (isPublic ? 'public-read' : 'private') : null,
    file_overwrite: destination.kind === 'static' || destination.onConflict === 'overwrite',
    custom_domain: domain?.domain ?? null,
    ...(domain === null ? {} : { url_protocol: domain.protocol }),
    object_parameters: {
      ...(destination.cacheControl === null ? {} : { CacheControl: destination.cacheControl }),
      ...parameters,
    },
    querystring_auth: !isPublic,
    ...(isPublic ? {} : { querystring_expire: destination.linkExpirySeconds }),
  }
}

/** The parameters of each write that the destination's rules come to; null where they are not the same for every file. */
function parametersOf({ rules = [] }: DestinationInput): Readonly<Record<string, string>> | null {
  const [only, ...others] = rules
  if (only === undefined) return {}
  const { glob, ...headers } = only
  const named = Object.entries(headers).map(([header, value]) => [
    parameterNames[header as keyof typeof parameterNames],
    value,
  ])
  // An empty one takes a header away, which Django does by itself, or not at all.
  const isForAll = glob === '*' && named.every(([name, value]) => name !== undefined && value !== '')
  return others.length === 0 && isForAll ? Object.fromEntries(named) : null
}

/** What the headers of a rule are called among the parameters of a write. */
const parameterNames = {
  contentType: 'ContentType',
  cacheControl: 'CacheControl',
  contentEncoding: 'ContentEncoding',
  contentDisposition: 'ContentDisposition',
  contentLanguage: 'ContentLanguage',
} as const

/** A base URL in the two parts that django-storages has for it; null where it has none that is right. */
function customDomain(
  destination: DestinationInput,
  note: (sentence: string) => void,
): { protocol: string; domain: string } | null {
  const { baseUrl, name } = destination
  if (baseUrl === null) return null
  if (destination.stripPrefix && destination.prefix !== '') {
    note(
      `${baseUrl} serves “${name}” without its prefix. django-storages always has the prefix in its URLs, so that they are those of the bucket.`,
    )
    return null
  }
  const url = new URL(baseUrl)
  return { protocol: url.protocol, domain: `${url.host}${url.pathname.replace(/\/+$/, '')}` }
}

/** `storage_backends.py`: one class for each destination, with all that is particular to it. */
export function storageBackends(bucket: string, classes: readonly StorageClass[]): string {
  const bases = [...new Set(classes.map(({ base }) => base))].toSorted()
  const older = bases.map((base) => (base === 'S3Storage' ? 'S3Boto3Storage as S3Storage' : base))
  return [
    `# The destinations of the bucket ${commentText(bucket)}, for django-storages.`,
    'try:',
    `    from storages.backends.s3 import ${bases.join(', ')}`,
    'except ImportError:  # django-storages before 1.14',
    `    from storages.backends.s3boto3 import ${older.join(', ')}`,
    ...classes.flatMap(({ className, base, attributes, destination }) => [
      '',
      '',
      `# ${commentText(destination.name)}: ${destination.visibility === 'public' ? 'everybody can read it' : 'links are signed and end'}.`,
      `class ${className}(${base}):`,
      ...Object.entries(attributes).map(([name, value]) => `    ${name} = ${pythonLiteral(value)}`),
    ]),
    '',
  ].join('\n')
}
