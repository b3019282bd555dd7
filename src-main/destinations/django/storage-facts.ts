import { type Ancestor, linearized } from './class-attributes.ts'
import { evaluate } from './evaluate.ts'
import { isStranger, makeStorage } from './make-storage.ts'
import { plain, type PythonArguments, type PythonPlace, type PythonValue, unknown } from './python-value.ts'
import { enterFunction, newLimits } from './run-function.ts'

/** The storages of django-storages that keep files in S3, by the last part of their name. */
const s3Classes = new Set([
  'S3Boto3Storage',
  'S3Storage',
  'S3StaticStorage',
  'S3ManifestStaticStorage',
  'S3BotoStorage',
])

/** What a storage of django-storages can be told, and the setting that it takes from where it is not told. */
export const storageSettings = {
  bucket_name: 'AWS_STORAGE_BUCKET_NAME',
  location: 'AWS_LOCATION',
  default_acl: 'AWS_DEFAULT_ACL',
  file_overwrite: 'AWS_S3_FILE_OVERWRITE',
  custom_domain: 'AWS_S3_CUSTOM_DOMAIN',
  object_parameters: 'AWS_S3_OBJECT_PARAMETERS',
  querystring_auth: 'AWS_QUERYSTRING_AUTH',
  querystring_expire: 'AWS_QUERYSTRING_EXPIRE',
  url_protocol: 'AWS_S3_URL_PROTOCOL',
  endpoint_url: 'AWS_S3_ENDPOINT_URL',
  region_name: 'AWS_S3_REGION_NAME',
  addressing_style: 'AWS_S3_ADDRESSING_STYLE',
  gzip: 'AWS_IS_GZIPPED',
  cloudfront_key_id: 'AWS_CLOUDFRONT_KEY_ID',
} as const

/** A name of {@link storageSettings}. */
export type StorageSetting = keyof typeof storageSettings

/** django-storages' own defaults, for what neither the storage nor the settings say. */
const defaults: Readonly<Record<StorageSetting, string | number | boolean | null>> = {
  bucket_name: null,
  location: '',
  default_acl: null,
  file_overwrite: true,
  custom_domain: null,
  object_parameters: null,
  querystring_auth: true,
  querystring_expire: 3600,
  url_protocol: 'https:',
  endpoint_url: null,
  region_name: null,
  addressing_style: null,
  gzip: false,
  cloudfront_key_id: null,
}

/** A storage that keeps files in S3. */
export interface S3StorageFacts {
  /** The dotted name of its class. */
  readonly dotted: string
  /** The last part of it. */
  readonly name: string
  /** Whether it is made for static files, and whether it gives them names with digests. */
  readonly isStatic: boolean
  /** Whether django-storages made it for them: its name alone does not. */
  readonly isMadeForStatic: boolean
  readonly isManifest: boolean
  /** The methods of its own by which it may go other ways than its attributes say, and where they stand. */
  readonly methods: ReadonlyMap<string, PythonPlace>
  /** What it is made from that is not in the project, and not known. */
  readonly strangers: readonly string[]
  /** What holds for it, whether that was said or is a default, and by what: an attribute or option, or a setting. */
  setting(name: StorageSetting): {
    readonly value: PythonValue
    readonly isDefault: boolean
    readonly said: string
  }
}

/** Whether a class of another package is one of django-storages for S3. */
function isS3Class(dotted: string): boolean {
  return (
    /^storages\.backends\.s3(boto3?)?\.\w+$/.test(dotted) && s3Classes.has(dotted.split('.').at(-1) ?? '')
  )
}

/** What a person calls a class of another package that a storage is made from: `Uploads.CompanyMixin`. */
export function nameOfBase(storage: string, dotted: string): string {
  return `${storage}.${dotted.split('.').at(-1) ?? dotted}`
}

type Options = Omit<PythonArguments, 'positional'>

/** No options. */
export const noOptions: Options = { keywords: new Map(), rest: null }

/**
 * What a storage comes to: a class with what it and the classes that it is made from say, the options it is called with,
 * and the settings for the rest. Null when it does not keep its files in S3.
 */
export function readStorage(
  storage: PythonValue,
  options: Options,
  settings: ReadonlyMap<string, PythonValue>,
  answered: (name: string) => PythonValue | null = () => null,
): S3StorageFacts | null {
  const made = calledStorage(storage, options)
  if (made === null) return null
  const { target, given } = made
  const order = linearized(target)
  const packages = order.flatMap((each) => (each.type === 'reference' ? [each.dotted] : []))
  const backend = packages.find(isS3Class)
  if (backend === undefined) return null
  const dotted = target.type === 'class' ? target.class.dotted : backend
  const name = dotted.split('.').at(-1) ?? dotted
  const kinds = packages.map((each) => each.split('.').at(-1) ?? '')
  const general = new Map<string, PythonValue>()
  const unsaid = new Set<PythonValue>()
  for (const setting of Object.keys(storageSettings) as StorageSetting[]) {
    // A value of its own, by which it is known to have come from the settings.
    const value = { ...(settings.get(storageSettings[setting]) ?? plain(defaults[setting])) }
    if (!settings.has(storageSettings[setting])) unsaid.add(value)
    general.set(setting, value)
  }
  const saidOf = (base: string) => answered(nameOfBase(name, base))
  const instance = makeStorage(target, given, general, saidOf)
  return {
    dotted,
    name,
    isStatic: kinds.some((kind) => /Static/.test(kind)) || /static/i.test(name),
    isMadeForStatic: kinds.some((kind) => /Static/.test(kind)),
    isManifest: kinds.some((kind) => /Manifest/.test(kind)),
    methods: instance.methods,
    strangers: [
      ...packages.filter((each) => isStranger(each) && saidOf(each)?.type !== 'dict'),
      ...order.flatMap((each) =>
        each.type === 'class'
          ? each.class.bases.flatMap((base) => (isOpenBase(base) ? [each.class.name] : []))
          : [],
      ),
    ],
    setting(setting) {
      const byDefault = general.get(setting)!
      const value = instance.attribute(setting) ?? byDefault
      // What a method of this name decides is not what the attribute says.
      const decides = setting === 'file_overwrite' ? instance.methods.get('get_available_name') : undefined
      if (decides)
        return saying(setting, { ...unknown(decides, decides.line), at: decides }, `${name}.${setting}`)
      if (value !== byDefault) return saying(setting, value, `${name}.${setting}`)
      const said = storageSettings[setting]
      return unsaid.has(value) ? { value, isDefault: true, said } : saying(setting, value, said)
    },
  }

  function answeredEntries(entries: ReadonlyMap<string, PythonValue>): ReadonlyMap<string, PythonValue> {
    return new Map(
      [...entries].map(([key, value]) => {
        const what = told('object_parameters', value)
        const answer = what.type === 'unknown' ? answered(`${name}.object_parameters["${key}"]`) : null
        return [key, answer ?? what]
      }),
    )
  }

  function saying(setting: StorageSetting, value: PythonValue, said: string) {
    const what = told(setting, value)
    const answer = what.type === 'unknown' ? answered(said) : null
    // Of a dict each entry is asked by itself.
    if (what.type === 'dict')
      return { value: { ...what, entries: answeredEntries(what.entries) }, isDefault: false, said }
    return {
      value: answer === null ? what : { ...answer, ...(value.at ? { at: value.at } : {}) },
      isDefault: false,
      said,
    }
  }
}

/** A value such as a setting can have; what else it is (something of another package, a call, a list) tells nothing. */
function told(setting: StorageSetting, value: PythonValue): PythonValue {
  if (['plain', 'unknown', 'secret'].includes(value.type)) return value
  if (value.type === (setting === 'object_parameters' ? 'dict' : 'path')) return value
  const place = value.at ?? { file: '', line: 0 }
  return { ...unknown(place, place.line), ...(value.at ? { at: value.at } : {}) }
}

function isOpenBase(base: PythonValue): boolean {
  return base.type !== 'class' && base.type !== 'reference'
}

/** The class behind what a storage is named by, be it a factory, and what it is called with. */
function calledStorage(
  storage: PythonValue,
  options: Options,
): { readonly target: Ancestor; readonly given: Options } | null {
  let target = storage
  let given = options
  if (target.type === 'lambda') target = evaluate(target.body, target.scope)
  else if (target.type === 'function')
    target = enterFunction(target.function, { positional: [], ...noOptions }, new Map(), newLimits())
  if (target.type === 'instance') {
    const { given: own } = target
    const isPartial = target.of.type === 'reference' && /^(functools\.)?partial$/.test(target.of.dotted)
    given = {
      keywords: new Map([...own.keywords, ...given.keywords]),
      rest: own.rest ?? given.rest,
    }
    target = isPartial ? (own.positional[0] ?? target.of) : target.of
  }
  return target.type === 'class' || target.type === 'reference' ? { target, given } : null
}
