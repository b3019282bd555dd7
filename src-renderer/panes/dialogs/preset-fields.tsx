import { useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { DestinationPreset, PresetInput } from '../../../src-preload/contract/destination-preset.ts'
import { Button } from '../../components/button.tsx'
import { ChoiceField } from '../../components/choice-fields.tsx'
import { TextField } from '../../components/field.tsx'
import { allPresets } from '../../stores/destination-store.ts'
import { presetHint } from '../../text/destination-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'

/** What a new destination starts from. An own preset can be removed here, and brought back as long as this is open. */
export function PresetChoice({
  chosen,
  onPreset,
}: {
  chosen: DestinationPreset
  onPreset: (preset: DestinationPreset) => void
}) {
  const { stores } = useWindow()
  const own = useFrom(
    (all) => all.destinations,
    (state) => state.presets,
  )
  const [error, setError] = useState<AppError | null>(null)
  const list = useRef<HTMLDivElement>(null)
  const presets = allPresets({ presets: own })
  const isOwn = own.some(({ id }) => id === chosen.id)
  /** The one that was removed last. */
  const [removed, setRemoved] = useState<DestinationPreset | null>(null)
  useEffect(() => {
    // With many presets the list scrolls, and the chosen one may be far down.
    chosenMark(list.current)?.closest('.choice')?.scrollIntoView({ block: 'nearest' })
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- which one is chosen is read from the list
  }, [chosen.id])
  /** Chooses one in place of the one that was chosen; the pressed button goes, and the focus would go with it. */
  const choose = (preset: DestinationPreset, gone: DestinationPreset | null) => {
    flushSync(() => {
      setRemoved(gone)
      onPreset(preset)
    })
    chosenMark(list.current)?.focus()
  }
  const remove = async () => {
    const failure = await stores.destinations.getState().removePreset(chosen.id)
    setError(failure)
    const [first] = presets
    if (failure === null && first !== undefined) choose(first, chosen)
  }
  const bringBack = async (gone: DestinationPreset) => {
    const { id: _id, ...preset } = gone
    const result = await stores.destinations.getState().savePreset(preset)
    setError(result.ok ? null : result.error)
    if (result.ok) choose(result.value, null)
  }
  return (
    <div className="stack preset-choice" ref={list}>
      <ChoiceField
        label="Preset"
        choices={presets.map((preset) => ({
          value: preset.id,
          label: visibleName(preset.name),
          hint: presetHint(preset),
        }))}
        value={chosen.id}
        onValue={(id) => {
          const preset = presets.find((each) => each.id === id)
          if (preset !== undefined) onPreset(preset)
        }}
      />
      {isOwn ? (
        <div className="row preset-removal">
          <Button kind="quiet" onClick={() => void remove()}>
            Remove this preset
          </Button>
        </div>
      ) : null}
      <div className="row preset-removed">
        <output>{removed === null ? '' : `The preset “${visibleName(removed.name)}” is removed.`}</output>
        {removed === null ? null : <Button onClick={() => void bringBack(removed)}>Undo</Button>}
      </div>
      <ErrorHere error={error} />
    </div>
  )
}

function chosenMark(list: HTMLElement | null): HTMLElement | null {
  return list?.querySelector<HTMLElement>('[role="radio"][aria-checked="true"]') ?? null
}

/** Keeps the fields of the dialog under a name, for other destinations to start from. */
export function SavePreset({
  name: proposed,
  wrong: wrongField,
  presetOf,
}: {
  /** The destination's own name. */
  name: string
  /** What is wrong with a field that a preset keeps; null for nothing. */
  wrong: string | null
  /** The fields, under a name. */
  presetOf: (name: string) => PresetInput
}) {
  const { stores } = useWindow()
  const [name, setName] = useState<string | null>(null)
  const [saved, setSaved] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const typed = name ?? proposed
  const save = async () => {
    const wrong = wrongField ?? nameProblem(typed.trim(), allPresets(stores.destinations.getState()))
    setProblem(wrong)
    if (wrong !== null) {
      setSaved(null)
      setError(null)
      field.current?.focus()
      return
    }
    const result = await stores.destinations.getState().savePreset(presetOf(typed))
    setError(result.ok ? null : result.error)
    setSaved(result.ok ? result.value.name : null)
  }
  return (
    <details>
      <summary>Keep as a preset</summary>
      <div className="stack details-body">
        <TextField
          label="Name of the preset"
          ref={field}
          value={typed}
          onValue={(next) => {
            setName(next)
            setProblem(null)
          }}
          maxLength={80}
          problem={problem}
          hint="All that is chosen above, but for the folder on this computer, the base URL and its key pair."
          onKeyDown={(event) => {
            // Enter is for this field, not for the destination.
            if (event.key !== 'Enter') return
            event.preventDefault()
            void save()
          }}
        />
        <div className="row">
          <Button onClick={() => void save()}>Save preset</Button>
          <output className="small">
            {saved === null ? '' : `“${visibleName(saved)}” is saved: new destinations can start from it.`}
          </output>
        </div>
        <ErrorHere error={error} />
      </div>
    </details>
  )
}

/** Why a preset cannot have this name, which is said at the field; null when it can. */
function nameProblem(name: string, presets: readonly DestinationPreset[]): string | null {
  if (name === '') return 'Give the preset a name.'
  return presets.some((each) => each.name === name)
    ? `There is a preset named “${visibleName(name)}”. Choose another name.`
    : null
}
