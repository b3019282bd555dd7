import { Tabs } from '@base-ui/react/tabs'
import { useEffect, useState } from 'react'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import type { SyncForm } from '../../stores/sync-form.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { HistoryView } from './history-view.tsx'
import { SyncOptionsForm } from './sync-options.tsx'

interface SyncHomeProps {
  destination: StaticDestination
  form: SyncForm
  onForm: (form: SyncForm) => void
}

/** A destination at rest: how it is published, and what was published before. */
export function SyncHome({ destination, form, onForm }: SyncHomeProps) {
  const { stores } = useWindow()
  const [tab, setTab] = useState<'options' | 'history'>('options')
  const releases = useFrom(
    (all) => all.history,
    (state) => state.releases[destination.id],
  )
  useEffect(() => {
    void stores.history.getState().load(destination)
  }, [stores, destination])
  return (
    <Tabs.Root
      className="tabs"
      value={tab}
      onValueChange={(value) => setTab(value === 'history' ? 'history' : 'options')}
    >
      <div className="tab-line">
        <Tabs.List className="tab-list" aria-label="Destination">
          <Tabs.Tab value="options" className="tab">
            Options
          </Tabs.Tab>
          <Tabs.Tab value="history" className="tab">
            History{' '}
            {releases === undefined || releases.length === 0 ? null : (
              <span className="tab-count">{releases.length.toLocaleString()}</span>
            )}
          </Tabs.Tab>
        </Tabs.List>
      </div>
      <Tabs.Panel value="options" className="tab-panel" tabIndex={-1}>
        <SyncOptionsForm destination={destination} form={form} onForm={onForm} />
      </Tabs.Panel>
      <Tabs.Panel value="history" className="tab-panel" tabIndex={-1}>
        <HistoryView destination={destination} releases={releases ?? null} />
      </Tabs.Panel>
    </Tabs.Root>
  )
}
