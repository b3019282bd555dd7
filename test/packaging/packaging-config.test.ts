import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly build: {
    readonly publish: null
    readonly asar: boolean
    readonly mac: { readonly extendInfo: Readonly<Record<string, unknown>> }
    readonly electronFuses: Readonly<Record<string, boolean>>
  }
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** What holds for packages of Windows and macOS, too, which are not made on this system. */
describe('packages of every system', () => {
  it('S57 have no updater: no feed, none published to, and no package that would be one', () => {
    expect(manifest.build.publish).toBeNull()
    const packages = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    expect(packages.filter((name) => /updat|squirrel|sparkle/i.test(name))).toEqual([])
  })

  it('S10 are archives with every fuse named', () => {
    expect(manifest.build.asar).toBe(true)
    expect(manifest.build.electronFuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    })
  })

  it('S35 have macOS mark what they download as come from elsewhere', () => {
    expect(manifest.build.mac.extendInfo).toMatchObject({ LSFileQuarantineEnabled: true })
  })
})
