import { Gauge } from 'lucide-react'
import { Button } from '../../components/button.tsx'
import { Menu } from '../../components/menu.tsx'
import { formatBytes } from '../../text/format.ts'
import { useWindow } from '../window-context.ts'

const megabyte = 1_000_000

/** The limits to choose from, in bytes a second. */
const choices: readonly (number | null)[] = [
  null,
  10 * megabyte,
  5 * megabyte,
  2 * megabyte,
  megabyte,
  megabyte / 2,
  megabyte / 10,
]

/** Chooses how fast all transfers together may go; it holds at once. */
export function BandwidthMenu({ limit }: { limit: number | null }) {
  const { stores, commands } = useWindow()
  const offered = choices.includes(limit) ? choices : [...choices, limit]
  return (
    <Menu
      align="end"
      trigger={<Button icon={Gauge}>{limit === null ? 'Speed' : `At most ${words(limit)}`}</Button>}
      entries={[
        { kind: 'label', label: 'All transfers together' },
        ...offered.map((choice) => ({
          kind: 'item' as const,
          label: words(choice),
          checked: choice === limit,
          onSelect: () => void stores.transfers.getState().limitBandwidth(choice).then(commands.fail),
        })),
      ]}
    />
  )
}

function words(limit: number | null): string {
  return limit === null ? 'As fast as it goes' : `${formatBytes(limit)}/s`
}
