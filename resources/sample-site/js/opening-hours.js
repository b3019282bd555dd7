// Says whether the café is open now. The times stand in data-open and data-close, in hours.
for (const element of document.querySelectorAll('[data-open]')) {
  const hour = new Date().getHours()
  const isOpen = hour >= Number(element.dataset.open) && hour < Number(element.dataset.close)
  element.textContent = isOpen ? 'We are open now.' : 'We are closed now.'
  element.classList.add(isOpen ? 'is-open' : 'is-closed')
}
