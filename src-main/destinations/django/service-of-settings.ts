import { isIP } from 'node:net'
import type { ProfileInput } from '../../../src-preload/contract/profile.ts'
import { type ProviderId, providerPresets } from '../../../src-preload/contract/provider-presets.ts'

/** The settings that say where a storage's bucket is. */
export interface ServiceSettings {
  readonly endpointUrl: string | null
  readonly regionName: string | null
  readonly addressingStyle: string | null
}

const hosts: readonly (readonly [RegExp, ProviderId])[] = [
  [/(^|\.)amazonaws\.com(\.cn)?$/, 'aws'],
  [/\.r2\.cloudflarestorage\.com$/, 'r2'],
  [/\.backblazeb2\.com$/, 'b2'],
  [/\.digitaloceanspaces\.com$/, 'spaces'],
  [/\.wasabisys\.com$/, 'wasabi'],
]

/**
 * The profile that settings describe, without keys. An endpoint that is no address of a service (one with a path, or a
 * password) loses what does not belong; null when it is no address at all.
 */
export function profileOfSettings(name: string, settings: ServiceSettings): ProfileInput | null {
  const text = settings.endpointUrl ?? ''
  const url = text === '' ? null : URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url !== null && !/^https?:$/.test(url.protocol))) return null
  const host = url?.hostname ?? ''
  const provider = url === null ? 'aws' : (hosts.find(([pattern]) => pattern.test(host))?.[1] ?? 'other')
  const preset = providerPresets.find(({ id }) => id === provider)!
  const regionInHost =
    /^s3[.-](?:dualstack\.)?([a-z0-9-]+)\.(?:amazonaws|backblazeb2|wasabisys)\.com/.exec(host)?.[1] ??
    /^([a-z0-9]+)\.digitaloceanspaces\.com$/.exec(host)?.[1]
  const { addressingStyle } = settings
  const isNumeric = isIP(host.replace(/^\[|\]$/g, '')) !== 0 || host === 'localhost'
  return {
    name: name.trim().slice(0, 80) || 'Django',
    colour: 'green',
    provider,
    endpoint: url === null || provider === 'aws' ? null : url.origin,
    region: (settings.regionName || regionInHost || preset.region).slice(0, 64),
    addressing:
      addressingStyle === 'path' || addressingStyle === 'virtual'
        ? addressingStyle
        : isNumeric
          ? 'path'
          : preset.addressing,
    checksums: preset.checksums,
    bucketNames: [],
    insecureConsent: null,
  }
}
