/** Takes the focus to the first field with a problem, once it is shown: it may be scrolled out of sight. */
export function focusProblem(within: ParentNode): void {
  requestAnimationFrame(() => within.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}
