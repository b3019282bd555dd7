import { ArrowUpDown, Link2, Settings } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { ResizeHandle } from '../../components/resize-handle.tsx'
import { liveTransfers } from '../../stores/transfer-store.ts'
import type { PaneName } from '../../stores/view-store.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { BucketList } from './bucket-list.tsx'
import { ProfileSwitcher } from './profile-switcher.tsx'
import './sidebar.css'

/** The left column: profile, buckets with their destinations, and the three places that belong to no bucket. */
export function Sidebar() {
  const { stores, commands } = useWindow()
  const live = useFrom(
    (all) => all.transfers,
    (state) => liveTransfers(state.snapshot),
  )
  const failed = useFrom(
    (all) => all.transfers,
    (state) => state.snapshot.counts.failed,
  )
  const width = useFrom(
    (all) => all.app,
    (state) => state.info?.preferences.sidebarWidth ?? 220,
  )
  return (
    <aside className="sidebar" aria-label="Sidebar" style={{ width }}>
      <ProfileSwitcher />
      <BucketList />
      <nav className="sidebar-foot" aria-label="Places">
        <PlaceItem icon={Link2} pane="links">
          Links
        </PlaceItem>
        <PlaceItem
          icon={ArrowUpDown}
          pane="transfers"
          {...(live > 0
            ? { badge: live.toLocaleString(), badgeLabel: `${live.toLocaleString()} running` }
            : failed > 0
              ? {
                  badge: failed.toLocaleString(),
                  badgeLabel: `${failed.toLocaleString()} failed`,
                  alarm: true,
                }
              : {})}
        >
          Transfers
        </PlaceItem>
        <PlaceItem icon={Settings} pane="settings">
          Settings
        </PlaceItem>
      </nav>
      <ResizeHandle
        label="Sidebar width"
        value={width}
        min={160}
        max={480}
        onValue={(sidebarWidth) => {
          void stores.app.getState().setPreferences({ sidebarWidth }).then(commands.fail)
        }}
      />
    </aside>
  )
}

interface PlaceItemProps {
  icon: LucideIcon
  pane: PaneName
  children: ReactNode
  badge?: string
  badgeLabel?: string
  alarm?: boolean
}

function PlaceItem({ icon: Icon, pane, children, badge, badgeLabel, alarm = false }: PlaceItemProps) {
  const { commands } = useWindow()
  const current = useFrom(
    (all) => all.view,
    (state) => state.pane === pane,
  )
  return (
    <button
      type="button"
      className="side-item"
      onClick={() => commands.showPane(pane)}
      {...(current ? { 'aria-current': 'page' } : {})}
    >
      <Icon size={15} aria-hidden />
      <span className="grow truncate">{children}</span>
      {badge === undefined ? null : (
        <span className={alarm ? 'side-count side-count-alarm' : 'side-count'} title={badgeLabel}>
          {badge}
          <span className="sr-only"> {alarm ? 'failed' : 'running'}</span>
        </span>
      )}
    </button>
  )
}
