import { usualName } from '../../../src-preload/contract/built-in-presets.ts'
import {
  djangoFacts,
  type DjangoProject,
  type DjangoQuestion,
  type DjangoSource,
} from '../../../src-preload/contract/django.ts'
import type { ProfileInput } from '../../../src-preload/contract/profile.ts'
import { destinationOfStorage, type NamelessDestination, settingText } from './destination-of-storage.ts'
import type { FoundStorage } from './find-storages.ts'
import type { ProjectFiles } from './project-files.ts'
import { ask } from './project-questions.ts'
import type { PythonScope, PythonValue } from './python-value.ts'
import type { ModuleReader } from './run-settings.ts'
import { profileOfSettings } from './service-of-settings.ts'
import { type StorageSetting, storageSettings } from './storage-facts.ts'

/** What the settings of a project came to. */
export interface Reading {
  readonly settings: PythonScope
  readonly reader: ModuleReader
  readonly storages: readonly FoundStorage[]
  readonly questions: Map<string, DjangoQuestion>
  readonly defaults: Map<string, string>
  /** Backends of the settings that are not read. */
  readonly unread: readonly string[]
}

/** The profiles and destinations that a project comes to, with what is asked about it and noted. */
export function describe(reading: Reading, files: ProjectFiles, name: string): DjangoProject {
  const { settings, storages, reader, questions, defaults, unread } = reading
  const notes = new Set<string>([...reader.guesses, ...(storages.length > 0 ? reader.passedBy : [])])
  for (const [variable, where] of defaults)
    notes.add(`${variable} has the default of ${where}; the running site may have another value.`)
  for (const dotted of unread)
    notes.add(
      `${dotted} is not in this folder, or is made in a way that is not read: whether it keeps files in S3 is not known.`,
    )
  for (const file of reader.problems) notes.add(`${file} cannot be read as Python.`)
  const profiles: ProfileInput[] = []
  const destinations: DjangoProject['destinations'] = []
  for (const storage of storages) {
    const remarks = {
      question: (setting: string, value: PythonValue) => {
        // Named as it stands: the class's attribute, or the setting that it comes from.
        const general = storageSettings[setting as StorageSetting]
        const said = general === undefined ? undefined : settings.names.get(general)
        const isGeneral = said !== undefined && (said === value || (said.at ?? null) === value.at)
        ask(questions, isGeneral ? general : `${storage.facts.name}.${setting}`, value, settings)
      },
      note: (sentence: string) => notes.add(sentence),
    }
    const { destination: nameless, visibilityFrom } = destinationOfStorage(storage, remarks)
    const service = profileOfSettings(name, {
      endpointUrl: settingText(storage, 'endpoint_url', remarks),
      regionName: settingText(storage, 'region_name', remarks),
      addressingStyle: settingText(storage, 'addressing_style', remarks),
    })
    if (service === null) {
      notes.add(`The endpoint of ${storage.facts.name} is no address, so that it is left out.`)
      continue
    }
    const profile = profileIndex(profiles, service, nameless.bucket)
    const same = destinations.find(
      ({ destination, profile: other }) => other === profile && isSamePlace(destination, nameless),
    )
    const alias = storage.alias === null ? [] : [storage.alias.slice(0, 200)]
    if (same) {
      same.aliases = [...new Set([...same.aliases, ...alias])]
      continue
    }
    const taken = destinations
      .filter(({ destination }) => destination.bucket === nameless.bucket)
      .map(({ destination }) => destination.name)
    destinations.push({
      profile,
      storage: storage.facts.dotted.slice(0, 400),
      aliases: alias,
      destination: { ...nameless, name: freeName(nameless, storage, taken) },
      sources: sourcesOf(storage, visibilityFrom),
    })
  }
  if (storages.length === 0)
    notes.add(`${settings.file} keeps no files in S3 with django-storages, as far as it can be read.`)
  return {
    settingsFile: settings.file,
    files: [...files.used].toSorted(),
    profiles,
    destinations: destinations.slice(0, 200),
    questions: [...questions.values()].slice(0, 500),
    notes: [...notes].slice(0, 500).map((note) => note.slice(0, 1000)),
  }
}

/** By which setting each fact of a storage is told, and where that stands. */
function sourcesOf({ facts }: FoundStorage, visibilityFrom: StorageSetting): DjangoSource[] {
  const settings: { readonly [Fact in DjangoSource['fact']]: StorageSetting } = {
    bucket: 'bucket_name',
    region: 'region_name',
    endpoint: 'endpoint_url',
    baseUrl: 'custom_domain',
    prefix: 'location',
    visibility: visibilityFrom,
    onConflict: 'file_overwrite',
    linkExpirySeconds: 'querystring_expire',
    cacheControl: 'object_parameters',
  }
  return djangoFacts.map((fact) => {
    const { value, isDefault, said } = facts.setting(settings[fact])
    return {
      fact,
      setting: said.slice(0, 400),
      file: isDefault ? null : (value.at?.file ?? null),
      line: isDefault ? 0 : (value.at?.line ?? 0),
      isOpen: value.type === 'unknown' || value.type === 'secret',
      variable: value.type === 'unknown' ? (value.why.variable?.slice(0, 200) ?? null) : null,
    }
  })
}

/** The profile of a storage's service; those of one service and region share one. */
function profileIndex(profiles: ProfileInput[], service: ProfileInput, bucket: string | null): number {
  let index = profiles.findIndex(
    ({ endpoint, region, addressing }) =>
      endpoint === service.endpoint && region === service.region && addressing === service.addressing,
  )
  if (index === -1) {
    const count = profiles.length
    const name = count === 0 ? service.name : `${service.name.slice(0, 74)} ${count + 1}`
    index = profiles.push({ ...service, name }) - 1
  }
  const profile = profiles[index]!
  if (bucket !== null && !profile.bucketNames.includes(bucket)) profile.bucketNames.push(bucket)
  return index
}

function isSamePlace(one: NamelessDestination, other: NamelessDestination): boolean {
  return (
    one.bucket !== null &&
    one.prefix !== null &&
    one.bucket === other.bucket &&
    one.prefix === other.prefix &&
    one.kind === other.kind &&
    one.visibility === other.visibility
  )
}

/** The preset's name; the class's where that is taken. */
function freeName(destination: NamelessDestination, storage: FoundStorage, taken: readonly string[]): string {
  const preset = usualName(destination)
  const words = (storage.alias ?? storage.facts.name)
    .replace(/Storage$/, '')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
    .trim()
  const own = words === '' ? preset : words.charAt(0).toUpperCase() + words.slice(1)
  for (const name of [preset, own.slice(0, 70)]) if (!taken.includes(name)) return name
  for (let n = 2; ; n += 1) {
    const name = `${own.slice(0, 70)} ${n}`
    if (!taken.includes(name)) return name
  }
}
