// Shows /openapi.json: at /docs with forms that send requests, at /redoc for reading.
'use strict';

const isReading = location.pathname.startsWith('/redoc');
const $ = (id) => document.getElementById(id);

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

let schemas = {};

function resolved(schema = {}) {
  if (schema.$ref === undefined) return schema;
  return schemas[schema.$ref.split('/').pop()] ?? {};
}

// A short name of a type: `integer 1…500`, `Target[]`.
function typeName(schema = {}) {
  if (schema.$ref !== undefined) return schema.$ref.split('/').pop();
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeName).join(' or ');
  if (schema.enum !== undefined) return schema.enum.join(' | ');
  if (schema.type === 'array') return `${typeName(schema.items)}[]`;
  if (schema.type === 'object' && schema.additionalProperties) return `{name: ${typeName(schema.additionalProperties)}}`;
  const range = schema.minimum === undefined ? '' : ` ${schema.minimum}…${schema.maximum ?? ''}`;
  const length = schema.maxLength === undefined ? '' : ` up to ${schema.maxLength}`;
  return `${schema.format ?? schema.type ?? 'any'}${range}${length}`;
}

// The shape as an indented outline.
function outline(schema, depth = 0, seen = []) {
  const indent = '  '.repeat(depth + 1);
  const name = schema?.$ref;
  if (name !== undefined && seen.includes(name)) return typeName(schema);
  const shape = resolved(schema);
  const path = name === undefined ? seen : [...seen, name];
  if (shape.properties !== undefined) {
    const lines = Object.entries(shape.properties).map(([key, value]) => {
      const optional = (shape.required ?? []).includes(key) ? '' : '?';
      const meaning = value.description === undefined ? '' : `  — ${value.description}`;
      return `${indent}${key}${optional}: ${outline(value, depth + 1, path)}${meaning}`;
    });
    return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`;
  }
  if (shape.type === 'array') return `[${outline(shape.items, depth, path)}]`;
  if (shape.anyOf !== undefined) return shape.anyOf.map((each) => outline(each, depth, path)).join(' or ');
  return typeName(shape);
}

// A value to begin with, without the optional members.
function example(schema, seen = []) {
  if (seen.includes(schema?.$ref)) return null;
  const shape = resolved(schema);
  const path = [...seen, schema?.$ref ?? {}];
  if (shape.enum !== undefined) return shape.enum[0];
  if (shape.anyOf !== undefined) return example(shape.anyOf[0], path);
  if (shape.properties !== undefined) {
    const keys = shape.required?.length ? shape.required : Object.keys(shape.properties).slice(0, 1);
    return Object.fromEntries(keys.map((key) => [key, example(shape.properties[key], path)]));
  }
  switch (shape.type) {
    case 'array': return [example(shape.items, path)];
    case 'integer': case 'number': return shape.minimum ?? 0;
    case 'boolean': return true;
    case 'string': return '';
    default: return {};
  }
}

function parameterRow(parameter, inputs) {
  const schema = resolved(parameter.schema);
  const choices = schema.enum ?? (schema.type === 'boolean' ? ['true', 'false'] : null);
  const label = `${parameter.name}, ${parameter.in}`;
  let input = null;
  if (!isReading) {
    input = choices === null
      ? element('input', { placeholder: typeName(schema), ariaLabel: label, spellcheck: false })
      : element('select', { ariaLabel: label }, element('option', { value: '' }, ''), ...choices.map((choice) => element('option', {}, choice)));
    inputs.push({ parameter, input });
  }
  return element('tr', {},
    element('td', {}, element('code', {}, parameter.name), parameter.required ? ' *' : ''),
    element('td', {}, input ?? typeName(schema)),
    element('td', {}, `${parameter.description ?? ''} `, element('span', { className: 'lock' }, parameter.in)));
}

function responseRow(status, response) {
  const contents = Object.entries(response.content ?? {});
  const shapes = contents.filter(([, content]) => content.schema !== undefined).map(([, content]) => outline(content.schema));
  return element('tr', {},
    element('td', {}, element('code', { className: status >= '400' ? 'bad' : '' }, status)),
    element('td', {}, response.description, ' ', element('span', { className: 'lock' }, contents.map(([type]) => type).join(', ')),
      ...shapes.map((shape) => element('pre', {}, shape))));
}

// The request of a form: its address, headers and body.
function requestOf(path, method, inputs, body) {
  let address = path;
  const query = new URLSearchParams();
  for (const { parameter, input } of inputs) {
    if (parameter.in === 'path') address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value !== '') query.append(parameter.name, input.value);
  }
  if ([...query].length > 0) address += `?${query}`;
  const headers = {};
  if ($('token').value !== '') headers.Authorization = `Bearer ${$('token').value}`;
  const text = body === null || body.value.trim() === '' ? undefined : body.value;
  if (text !== undefined) headers['Content-Type'] = 'application/json';
  return { url: location.origin + address, method: method.toUpperCase(), headers, body: text };
}

function curl(request) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const words = ['curl', '-X', request.method, quoted(request.url)];
  for (const [name, value] of Object.entries(request.headers)) words.push('-H', quoted(`${name}: ${value}`));
  if (request.body !== undefined) words.push('--data-raw', quoted(request.body));
  return words.join(' ');
}

async function send(request, output) {
  output.hidden = false;
  output.textContent = 'Sending…';
  const aborter = new AbortController();
  try {
    const response = await fetch(request.url, { ...request, signal: aborter.signal });
    const head = `${response.status} ${response.statusText}\n${response.headers.get('content-type') ?? ''}\n\n`;
    output.textContent = head;
    // A stream of events never ends: its beginning is shown.
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    let text = '';
    for (let piece = await reader?.read(); piece !== undefined && !piece.done && text.length < 100000; piece = await reader.read()) {
      text += decoder.decode(piece.value, { stream: true });
      output.textContent = head + text;
    }
    aborter.abort();
    try {
      output.textContent = head + JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      output.textContent = head + text;
    }
  } catch (error) {
    output.textContent = `The request failed: ${error.message}`;
  }
}

function form(path, method, operation, inputs) {
  const json = operation.requestBody?.content['application/json'];
  const body = operation.requestBody === undefined
    ? null
    : element('textarea', { ariaLabel: 'Body', spellcheck: false, value: json === undefined ? '' : JSON.stringify(example(json.schema), null, 2) });
  const output = element('pre', { hidden: true, ariaLive: 'polite' });
  const copied = element('span', { className: 'lock', role: 'status' });
  const sendButton = element('button', { onclick: () => send(requestOf(path, method, inputs, body), output) }, 'Send');
  const copyButton = element('button', {
    onclick: async () => {
      const command = curl(requestOf(path, method, inputs, body));
      try {
        await navigator.clipboard.writeText(command);
        copied.textContent = 'copied';
      } catch {
        // Browsers give the clipboard to secure pages only.
        output.hidden = false;
        output.textContent = command;
      }
    },
  }, 'Copy as curl');
  const isSocket = operation.responses[101] !== undefined;
  return isSocket
    ? [element('p', {}, 'Connect with ', element('code', {}, `${location.origin.replace('http', 'ws')}${path}`))]
    : [body, element('div', { className: 'row' }, sendButton, copyButton, copied), output].filter((each) => each !== null);
}

function details(path, method, operation) {
  const inputs = [];
  const parameters = (operation.parameters ?? []).map((parameter) => parameterRow(parameter, inputs));
  const body = operation.requestBody;
  const shapes = Object.entries(body?.content ?? {}).map(([type, content]) =>
    element('pre', {}, `${type}\n${content.schema === undefined ? '' : outline(content.schema)}`));
  return element('div', { className: 'body' },
    operation.description === undefined ? null : element('p', {}, operation.description),
    parameters.length === 0 ? null : element('h3', {}, 'Parameters'),
    parameters.length === 0 ? null : element('table', {}, ...parameters),
    shapes.length === 0 ? null : element('h3', {}, body.required ? 'Body *' : 'Body'),
    ...shapes,
    ...(isReading ? [] : form(path, method, operation, inputs)),
    element('h3', {}, 'Responses'),
    element('table', {}, ...Object.entries(operation.responses).map(([status, response]) => responseRow(status, response))));
}

function route(path, method, operation) {
  const needsToken = operation.security !== undefined;
  const made = element('details', { id: operation.operationId },
    element('summary', {},
      element('span', { className: `method ${method}` }, method), element('code', {}, path),
      element('span', { className: 'text' }, operation.summary),
      needsToken ? element('span', { className: 'lock' }, 'changes something') : null));
  // A form is made when it is opened, because there are many.
  const fill = () => { if (made.children.length === 1) made.append(details(path, method, operation)); };
  made.addEventListener('toggle', fill);
  if (isReading) {
    fill();
    made.open = true;
  }
  made.dataset.text = `${method} ${path} ${operation.summary} ${operation.tags.join(' ')}`.toLowerCase();
  return made;
}

function search() {
  const words = $('search').value.toLowerCase().split(/\s+/);
  for (const section of document.querySelectorAll('section')) {
    let shown = 0;
    for (const each of section.querySelectorAll('details')) {
      each.hidden = !words.every((word) => each.dataset.text.includes(word));
      if (!each.hidden) shown += 1;
    }
    section.hidden = shown === 0;
  }
  const count = document.querySelectorAll('details:not([hidden])').length;
  $('state').textContent = `${count} ${count === 1 ? 'route' : 'routes'}`;
}

async function load() {
  const response = await fetch('/openapi.json');
  const description = await response.json();
  schemas = description.components.schemas;
  document.title = description.info.title;
  $('title').textContent = `${description.info.title} ${description.info.version}`;
  $('about').textContent = description.info.description.replaceAll('`', '');
  const groups = new Map();
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const group = operation.tags[0];
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push(route(path, method, operation));
    }
  }
  // What people look for comes first.
  const isLast = (group) => group === 'Pages' || group === 'Documents';
  const ordered = [...groups].sort(([one], [other]) => isLast(one) - isLast(other));
  for (const [group, routes] of ordered) {
    const id = `group-${group.replace(/\W+/g, '-').toLowerCase()}`;
    $('routes').append(element('section', {}, element('h2', { id }, group), ...routes));
    $('contents').append(element('a', { href: `#${id}` }, `${group} (${routes.length})`));
  }
  $('search').addEventListener('input', search);
  search();
  const opened = location.hash === '' ? null : document.getElementById(location.hash.slice(1));
  if (opened?.tagName === 'DETAILS') opened.open = true;
  opened?.scrollIntoView();
}

$('token-row').hidden = isReading;
for (const link of document.querySelectorAll('header nav a')) {
  if (link.pathname === location.pathname) link.setAttribute('aria-current', 'page');
}
load().catch((error) => { $('state').textContent = `The description cannot be loaded: ${error.message}`; });
