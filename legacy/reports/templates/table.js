// Tables of class "sortable": a click on a heading sorts, a second one the other way round; above, rows of one word or
// with some text are chosen. Without a script the page shows all rows, in their order. A cell's data-key goes before its
// text.
document.querySelectorAll('table.sortable').forEach(table => {
  const body = table.tBodies[0], rows = [...body.rows], headings = [...table.tHead.rows[0].cells];
  const key = (row, column) => row.cells[column].dataset.key ?? row.cells[column].textContent.trim();
  const order = new Intl.Collator('en', {numeric: true}).compare;
  const asNumber = text => text === '' ? Infinity : Number(text);

  headings.forEach((heading, column) => {
    const button = document.createElement('button');
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener('click', () => {
      const down = heading.getAttribute('aria-sort') === 'ascending';
      headings.forEach(other => other.removeAttribute('aria-sort'));
      heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const numbers = rows.every(row => !Number.isNaN(asNumber(key(row, column))));
      const compared = (a, b) => numbers ? asNumber(key(a, column)) - asNumber(key(b, column)) || 0
                                         : order(key(a, column), key(b, column));
      body.append(...[...rows].sort((a, b) => down ? compared(b, a) : compared(a, b)));
    });
  });

  const words = new Set(rows.map(row => row.dataset.word));
  const bar = document.createElement('p'), text = document.createElement('input'), said = document.createElement('span');
  bar.className = 'choose';
  text.type = 'search';
  text.placeholder = text.ariaLabel = 'only rows that say ...';
  const boxes = [...words].map(word => {
    const label = document.createElement('label'), box = document.createElement('input');
    Object.assign(box, {type: 'checkbox', checked: true, value: word});
    label.append(box, word);
    bar.append(label);
    return box;
  });
  bar.append(text, said);
  bar.addEventListener('input', () => {
    const chosen = new Set(boxes.filter(box => box.checked).map(box => box.value));
    rows.forEach(row => {
      row.hidden = !chosen.has(row.dataset.word)
        || !row.textContent.toLowerCase().includes(text.value.trim().toLowerCase());
    });
    said.textContent = `${rows.filter(row => !row.hidden).length} of ${rows.length} rows`;
  });
  table.parentNode.before(bar);
});
