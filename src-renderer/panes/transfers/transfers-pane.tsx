import { useDeferredValue, useMemo } from 'react'
import {
  ArrowDown,
  ArrowUp,
  ArrowUpDown,
  ChevronDown,
  ChevronsUp,
  ChevronUp,
  Pause,
  Play,
  RotateCw,
  X,
} from 'lucide-react'
import type { Transfer, TransferSnapshot } from '../../../src-preload/contract/transfer.ts'
import { Button, RowButton } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { PaneHeader } from '../../components/pane-header.tsx'
import { VisibilityBadge } from '../../components/visibility-badge.tsx'
import type { Column } from '../../components/column.ts'
import { VirtualTable } from '../../components/virtual-table.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import type { TransferFeed } from '../../stores/transfer-store.ts'
import { liveTransfers } from '../../stores/transfer-store.ts'
import { formatBytes } from '../../text/format.ts'
import { visibleName } from '../../text/visible-name.ts'
import { useFrom, useWindow } from '../window-context.ts'
import type { Commands } from '../commands.ts'
import type { Stores } from '../../stores/create-stores.ts'
import { BandwidthMenu } from './bandwidth-menu.tsx'
import { TransferStateCell } from './transfer-state.tsx'
import './transfers.css'

/** Everything that moves or has moved, with what can be done about it. */
export function TransfersPane() {
  const { stores, commands } = useWindow()
  const told = useFrom(
    (all) => all.transfers,
    (state) => state.snapshot,
  )
  // Drawn when there is nothing more urgent, such as a key that was pressed.
  const snapshot = useDeferredValue(told)
  const shown = useMemo(() => columns(stores, commands), [stores, commands])
  const live = liveTransfers(snapshot)
  const { counts, transfers } = snapshot
  const ended = counts.done + counts.failed + counts.cancelled + counts.skipped
  const feed = stores.transfers.getState()
  return (
    <>
      <PaneHeader
        actions={
          <>
            {counts.failed > 0 ? (
              <Button onClick={() => void feed.retry('failed').then(commands.fail)}>Retry failed</Button>
            ) : null}
            {counts.queued + counts.running > 0 ? (
              <Button onClick={() => void feed.pause('all').then(commands.fail)}>Pause all</Button>
            ) : null}
            {counts.paused > 0 ? (
              <Button onClick={() => void feed.resume('all').then(commands.fail)}>Resume all</Button>
            ) : null}
            {live > 0 ? (
              <Button onClick={() => void feed.cancel('all').then(commands.fail)}>Cancel all</Button>
            ) : null}
            <BandwidthMenu limit={snapshot.bandwidthLimitBytesPerSecond} />
          </>
        }
        primary={
          <Button disabled={ended === 0} onClick={() => void feed.clear().then(commands.fail)}>
            Clear finished
          </Button>
        }
      >
        <h1>Transfers</h1>
        <span className="muted numeric">{summary(counts)}</span>
      </PaneHeader>
      {transfers.length === 0 ? (
        <EmptyState icon={ArrowUpDown} title="No transfers">
          Uploads and downloads appear here, with their progress and what went wrong.
        </EmptyState>
      ) : (
        <VirtualTable
          tableId="transfers"
          label="Transfers"
          columns={shown}
          count={transfers.length}
          rowAt={(index) => transfers[index]}
          rowId={(transfer) => transfer.id}
        />
      )}
    </>
  )
}

function columns(stores: Stores, commands: Commands): readonly Column<Transfer>[] {
  const feed = stores.transfers.getState()
  return [
    {
      id: 'name',
      label: 'Name',
      width: 240,
      name: (transfer) =>
        `${transfer.direction === 'upload' ? 'Upload' : 'Download'} ${visibleName(transfer.name)}`,
      cell: (transfer) => {
        const Icon = transfer.direction === 'upload' ? ArrowUp : ArrowDown
        return (
          <>
            <Icon size={14} aria-label={transfer.direction === 'upload' ? 'Upload' : 'Download'} />
            <VisibleName name={transfer.name} />
          </>
        )
      },
    },
    {
      id: 'state',
      label: 'State',
      width: 200,
      grow: 1,
      cell: (transfer) => <TransferStateCell transfer={transfer} />,
    },
    {
      id: 'size',
      label: 'Size',
      width: 90,
      align: 'end',
      cell: (transfer) => formatBytes(transfer.sizeBytes),
    },
    {
      id: 'visibility',
      label: 'Asked for',
      width: 90,
      optional: true,
      cell: (transfer) =>
        transfer.visibility === null ? '' : <VisibilityBadge visibility={transfer.visibility} />,
    },
    {
      id: 'place',
      label: 'Where',
      width: 220,
      optional: true,
      name: (transfer) => visibleName(`${transfer.bucket}/${transfer.key}`),
      cell: (transfer) => <VisibleName name={`${transfer.bucket}/${transfer.key}`} splitsExtension={false} />,
    },
    {
      id: 'actions',
      label: 'Actions',
      width: 196,
      align: 'end',
      cell: (transfer) => <TransferActions transfer={transfer} feed={feed} commands={commands} />,
    },
  ]
}

function TransferActions({
  transfer,
  feed,
  commands,
}: {
  transfer: Transfer
  feed: TransferFeed
  commands: Commands
}) {
  const { id, name, state } = transfer
  if (state === 'failed' || state === 'cancelled') {
    return (
      <RowButton
        icon={RotateCw}
        label={`Retry ${name}`}
        onClick={() => void feed.retry([id]).then(commands.fail)}
      />
    )
  }
  if (state === 'done' || state === 'skipped') return null
  return (
    <>
      {state === 'running' ? null : (
        <>
          <RowButton
            icon={ChevronsUp}
            label={`Move ${name} to the top`}
            onClick={() => void feed.moveFirst([id]).then(commands.fail)}
          />
          <RowButton
            icon={ChevronUp}
            label={`Move ${name} up`}
            onClick={() => void feed.moveBy(id, -1).then(commands.fail)}
          />
          <RowButton
            icon={ChevronDown}
            label={`Move ${name} down`}
            onClick={() => void feed.moveBy(id, 1).then(commands.fail)}
          />
        </>
      )}
      {state === 'paused' ? (
        <RowButton
          icon={Play}
          label={`Resume ${name}`}
          onClick={() => void feed.resume([id]).then(commands.fail)}
        />
      ) : (
        <RowButton
          icon={Pause}
          label={`Pause ${name}`}
          onClick={() => void feed.pause([id]).then(commands.fail)}
        />
      )}
      <RowButton
        icon={X}
        label={`Cancel ${name}`}
        onClick={() => void feed.cancel([id]).then(commands.fail)}
      />
    </>
  )
}

function summary(counts: TransferSnapshot['counts']) {
  const words = {
    running: 'running',
    queued: 'waiting',
    paused: 'paused',
    done: 'done',
    failed: 'failed',
    skipped: 'skipped',
  } as const
  return Object.entries(words)
    .map(([name, word]) => [counts[name as keyof typeof words], word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count.toLocaleString()} ${word}`)
    .join(', ')
}
