import { ChevronsUpDown, CloudCog, Copy, FileCode, FlaskConical, Pencil, Plus, Trash2 } from 'lucide-react'
import { providerPresets } from '../../../src-preload/contract/provider-presets.ts'
import type { Profile } from '../../../src-preload/contract/profile.ts'
import { ColourDot } from '../../components/colour-dot.tsx'
import type { MenuEntry } from '../../components/menu.tsx'
import { Menu } from '../../components/menu.tsx'
import { selectedProfile } from '../../stores/profile-store.ts'
import { credentialBadge } from '../../text/profile-text.ts'
import { useFrom, useWindow } from '../window-context.ts'

/** The profile in use, with what has to be known about it; a menu of the others. */
export function ProfileSwitcher() {
  const { stores, commands } = useWindow()
  const profile = useFrom((all) => all.profiles, selectedProfile)
  const profiles =
    useFrom(
      (all) => all.profiles,
      (state) => state.profiles,
    ) ?? []
  const open = stores.view.getState().openDialog
  const entries: MenuEntry[] = [
    ...profiles.map((each): MenuEntry => ({
      kind: 'item',
      label: each.name,
      mark: <ColourDot colour={each.colour} />,
      checked: each.id === profile?.id,
      onSelect: () => stores.profiles.getState().select(each.id),
    })),
    { kind: 'separator' },
    {
      kind: 'item',
      label: 'Connect a bucket…',
      icon: Plus,
      onSelect: () => open({ kind: 'profile', profileId: null }),
    },
    {
      kind: 'item',
      label: 'Use my AWS profiles…',
      icon: CloudCog,
      onSelect: () => open({ kind: 'aws-profiles' }),
    },
    {
      kind: 'item',
      label: 'Import a Django project…',
      icon: FileCode,
      onSelect: () => open({ kind: 'django-import' }),
    },
    { kind: 'item', label: 'Try it here', icon: FlaskConical, onSelect: () => void commands.tryItHere() },
    ...(profile === null ? [] : ownEntries(profile)),
  ]

  function ownEntries(own: Profile): readonly MenuEntry[] {
    return [
      { kind: 'separator' },
      {
        kind: 'item',
        label: 'Edit profile…',
        icon: Pencil,
        onSelect: () => open({ kind: 'profile', profileId: own.id }),
      },
      {
        kind: 'item',
        label: 'Duplicate profile',
        icon: Copy,
        onSelect: () => void commands.duplicateProfile(own.id),
      },
      {
        kind: 'item',
        label: 'Delete profile…',
        icon: Trash2,
        danger: true,
        onSelect: () => open({ kind: 'delete-profile', profileId: own.id }),
      },
    ]
  }

  const badge = profile === null ? null : credentialBadge(profile.credentialState)
  return (
    <div className="profile-switcher">
      <Menu
        entries={entries}
        trigger={
          <button type="button" className="profile-button" aria-label={`Profile: ${profile?.name ?? 'none'}`}>
            {profile === null ? null : <ColourDot colour={profile.colour} />}
            <span className="profile-words">
              <span className="profile-name truncate">{profile?.name ?? 'Choose a profile'}</span>
              <span className="profile-provider truncate">
                {profile === null ? '' : providerLabel(profile)}
              </span>
            </span>
            <ChevronsUpDown size={14} aria-hidden />
          </button>
        }
      />
      {profile?.insecure === true ? (
        <span className="badge badge-warning" title="Files and links can be read on the way.">
          Not encrypted (http)
        </span>
      ) : null}
      {badge === null || profile === null ? null : (
        <button
          type="button"
          className="badge badge-warning"
          onClick={() => open({ kind: 'profile', profileId: profile.id })}
        >
          {badge}
        </button>
      )}
    </div>
  )
}

function providerLabel(profile: Profile): string {
  if (profile.credentialSource.type === 'playground') return 'Local playground'
  const label = providerPresets.find((preset) => preset.id === profile.provider)?.label ?? 'S3'
  return `${label} · ${profile.region}`
}
