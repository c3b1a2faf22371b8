// The presentation in the browser: everything here goes on without the server. Python gives the slides as HTML with every name escaped;
// the place, and whether it runs, are kept for the tab, so that a reload or a new server comes back to the same slide.
const KEPT = 'chengping.presentation', BEAT = 4000, TICK = 250, WHEEL = 400, IDLE = 3000;
const FRAME = `
<div class="panel"><button type="button" class="start"></button><p></p></div>
<dialog><div class="stage" role="region" tabindex="-1" autofocus>
  <div class="slides"></div>
  <div class="foot"><div class="dots"></div><p class="count"></p><p class="clock"></p><p class="lost" role="status" hidden></p>
    <div class="buttons"><button type="button" data-do="previous"></button><button type="button" data-do="pause"></button>
      <button type="button" data-do="next"></button><button type="button" data-do="full"></button><button type="button" data-do="exit"></button></div></div>
  <div class="spoken" aria-live="polite"></div>
</div></dialog>`;
const KEYS = {ArrowRight: 'next', ArrowDown: 'next', PageDown: 'next', ' ': 'next', ArrowLeft: 'previous', ArrowUp: 'previous', PageUp: 'previous',
  Home: 'first', End: 'last', p: 'pause', P: 'pause', f: 'full', F: 'full', Escape: 'exit'};

function recall() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)) ?? {}; } catch { return {}; }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

class Presentation {
  constructor(root) {
    this.box = document.createElement('div');
    this.box.innerHTML = FRAME;
    root.appendChild(this.box);
    this.at = recall().at;
    this.paused = recall().paused ?? false;
    this.articles = new Map();
    this.lost = false;
    this.turned = this.good = this.wheeled = this.beaten = this.moved = Date.now();
    const stop = this.stop = new AbortController(), on = (target, kinds, what, more = {}) => kinds.split(' ').forEach(
      kind => target.addEventListener(kind, event => this.gone() || what(event), {...more, signal: stop.signal}));
    on(this.find('.start'), 'click', () => { this.open(); this.fill(true); });
    on(this.find('dialog'), 'cancel', event => { event.preventDefault(); this.do('exit'); });
    on(this.find('.stage'), 'click', event => this.clicked(event));
    on(this.find('.stage'), 'wheel', event => this.scrolled(event), {passive: true});
    on(this.find('.stage'), 'pointermove', () => { this.find('.stage').classList.remove('idle'); this.moved = Date.now(); });
    on(window, 'keydown', event => this.pressed(event), {capture: true});
    on(window, 'offline', () => this.connected(false));
    on(window, 'online', () => this.beat());
    on(document, 'visibilitychange', () => { this.wake(); this.beat(); });
    this.sizes = new ResizeObserver(() => this.gone() || this.articles.forEach(article => this.fit(article)));
    this.sizes.observe(this.find('.slides'));
    this.timer = setInterval(() => this.gone() || this.tick(), TICK);
  }

  find(selector) { return this.box.querySelector(selector); }
  get running() { return this.find('dialog').open; }
  get codes() { return this.data.slides.map(slide => slide.code); }

  gone() {  // the page was left: nothing may go on behind another page
    if (this.box.isConnected) return false;
    this.stop.abort();
    this.sizes.disconnect();
    clearInterval(this.timer);
    this.lock?.release();
    return true;
  }

  keep() { sessionStorage.setItem(KEPT, JSON.stringify({running: this.running, at: this.at, paused: this.paused})); }

  // ---- what the server says

  update(data, report) {
    const first = !this.data;
    this.data = data;
    this.report = report;
    this.shift = data.clock - Date.now();  // the store's clock, in the county's time
    write(this.find('.start'), data.words.start);
    write(this.find('.panel p'), data.words.keys);
    for (const button of this.find('.buttons').children) write(button, data.words[button.dataset.do]);
    for (const part of ['dialog', '.stage']) this.find(part).setAttribute('aria-label', data.words.region);
    this.place();
    if (!this.codes.includes(this.at)) this.at = this.codes[0];
    if (first && (recall().running ?? data.play)) this.open();
    if (this.running) this.beat();
    this.show(false);
  }

  place() {  // only what differs is drawn anew
    const slides = this.find('.slides');
    for (const [code, article] of this.articles) if (!this.codes.includes(code)) { article.remove(); this.articles.delete(code); }
    for (const slide of this.data.slides) {
      let article = this.articles.get(slide.code);
      if (!article) {
        article = document.createElement('article');
        article.dataset.slide = slide.code;
        article.innerHTML = '<h2><span></span><b></b></h2><div class="meta"></div><div class="body"></div>';
        this.articles.set(slide.code, article);
        slides.appendChild(article);
      }
      write(article.querySelector('h2 span'), this.data.title);
      write(article.querySelector('h2 b'), slide.title);
      if (article.drawn !== slide.html) {
        article.querySelector('.body').innerHTML = slide.html;
        article.drawn = slide.html;
        this.fit(article);
      }
    }
    const dots = this.find('.dots');
    while (dots.children.length > this.codes.length) dots.lastChild.remove();
    while (dots.children.length < this.codes.length) dots.appendChild(Object.assign(document.createElement('button'), {type: 'button'}));
    this.data.slides.forEach((slide, number) => { dots.children[number].dataset.at = slide.code; dots.children[number].ariaLabel = slide.title; });
  }

  fit(article) {  // rows stand closer where they have no room; those that still have none are left out from the end, and counted
    for (const box of article.querySelectorAll('[data-fit]')) {
      const rows = [...box.querySelectorAll(box.dataset.fit)], more = box.querySelector('.more');
      const set = shown => {
        rows.forEach((row, number) => { row.hidden = number >= shown; });
        const rest = rows.length - shown + Number(box.dataset.rest ?? 0);
        if (more) { more.hidden = !rest; more.textContent = this.data.words.more.replace('{count}', rest); }
      };
      let shown = Math.min(Number(box.dataset.most ?? rows.length), rows.length);
      box.classList.remove('tight');
      set(shown);
      box.classList.toggle('tight', box.scrollHeight > box.clientHeight);
      while (shown > 1 && box.scrollHeight > box.clientHeight) set(--shown);
    }
  }

  // ---- what is shown

  show(spoken = true) {
    for (const [code, article] of this.articles) {
      article.classList.toggle('on', code === this.at);
      article.inert = code !== this.at;
    }
    for (const dot of this.find('.dots').children) dot.ariaCurrent = dot.dataset.at === this.at ? 'page' : null;
    const number = this.codes.indexOf(this.at), words = this.data.words;
    write(this.find('.count'), `${number + 1}/${this.codes.length}`);
    write(this.find('[data-do=pause]'), this.paused ? words.go_on : words.pause);
    this.find('[data-do=pause]').hidden = !this.data.every;
    if (spoken) write(this.find('.spoken'), words.spoken.replace('{number}', number + 1).replace('{total}', this.codes.length).replace(
      '{title}', this.data.slides[number].title));
    this.dates();
  }

  turn(to) {
    this.at = this.codes[(to + this.codes.length) % this.codes.length];
    this.turned = Date.now();
    this.keep();
    this.show();
  }

  time(moment) { return new Date(moment + this.shift).toISOString(); }

  dates() {
    const {words, live} = this.data, time = this.time(this.lost ? this.good : Date.now()).slice(11, 16);
    const asof = live ? words.live.replace('{time}', time) : words.pinned;
    for (const article of this.articles.values()) write(article.querySelector('.meta'), [asof, words.demo].filter(Boolean).join(' · '));
    const now = new Date();
    write(this.find('.clock'), live ? '' : `${now.getHours()}:${String(now.getMinutes()).padStart(2, '0')}`);
    this.find('.lost').hidden = !this.lost;
    if (this.lost) write(this.find('.lost'), words.lost.replace('{time}', live ? time : words.frozen));
  }

  tick() {
    if (!this.running) return;
    const now = Date.now(), {every, live, day} = this.data;
    if (every && !this.paused && now - this.turned >= every * 1000) this.turn(this.codes.indexOf(this.at) + 1);
    if (now - this.moved >= IDLE) this.find('.stage').classList.add('idle');
    if (now - this.beaten >= BEAT) this.beat();
    const today = this.time(now).slice(0, 10);
    if (live && !this.lost && today > day && this.asked !== today) this.report('renewed', this.asked = today);  // dues are counted by the day
    this.dates();
  }

  // ---- the connection, and keeping the screen awake

  async beat() {
    this.beaten = Date.now();
    try {
      const answer = await fetch(new URL('health', document.baseURI), {cache: 'no-store', signal: AbortSignal.timeout(BEAT)});
      this.connected(answer.ok);
    } catch { this.connected(false); }
  }

  connected(well) {
    if (well) this.good = Date.now();
    this.lost = !well;
    this.dates();
  }

  async wake() {  // the browser takes the lock back whenever the tab is hidden
    if (!this.running || document.visibilityState !== 'visible' || !navigator.wakeLock) return;
    try { this.lock = await navigator.wakeLock.request('screen'); } catch { /* low on power: the screen may sleep */ }
  }

  // ---- gestures

  open() {
    if (!this.running) this.find('dialog').showModal();
    this.turned = Date.now();
    this.beat();
    this.wake();
    this.articles.forEach(article => this.fit(article));
    this.keep();
    this.show();
  }

  close() {
    this.find('dialog').close();
    this.lock?.release();
    this.lock = null;
    this.fill(false);
    this.keep();
  }

  async fill(wanted) {
    try {
      if (wanted) await document.documentElement.requestFullscreen?.();
      else if (document.fullscreenElement) await document.exitFullscreen();
    } catch { /* not allowed here: the presentation fills the window */ }
  }

  do(what) {
    const number = this.codes.indexOf(this.at), full = Boolean(document.fullscreenElement);
    switch (what) {
      case 'next': return this.turn(number + 1);
      case 'previous': return this.turn(number - 1);
      case 'first': return this.turn(0);
      case 'last': return this.turn(this.codes.length - 1);
      case 'full': return this.fill(!full);
      case 'exit': return full ? this.fill(false) : this.close();
      case 'pause':
        this.paused = !this.paused;
        this.turned = Date.now();
        this.keep();
        return this.show(false);
    }
  }

  pressed(event) {
    if (!this.running || event.ctrlKey || event.metaKey || event.altKey) return;
    const on = event.composedPath()[0], link = on instanceof Element && on.closest('button,a');
    if (!KEYS[event.key] || (link && event.key === ' ')) return;
    event.preventDefault();
    event.stopPropagation();
    this.do(KEYS[event.key]);
  }

  clicked(event) {
    const button = event.target.closest('button'), link = event.target.closest('[data-id]');
    if (button) {
      if (button.dataset.do === 'exit') this.close();
      else if (button.dataset.do) this.do(button.dataset.do);
      else this.turn(this.codes.indexOf(button.dataset.at));
      if (event.detail && this.running) this.find('.stage').focus();  // after a mouse click the space bar turns pages again
    } else if (link) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.report('chosen', link.dataset.id);
    } else if (event.pointerType === 'touch') {
      const third = 3 * event.clientX / innerWidth;
      if (third < 1 || third > 2) this.do(third < 1 ? 'previous' : 'next');
    }
  }

  scrolled(event) {
    const article = this.articles.get(this.at);
    if (Date.now() - this.wheeled < WHEEL || !event.deltaY || article.scrollHeight > article.clientHeight) return;
    this.wheeled = Date.now();
    this.do(event.deltaY > 0 ? 'next' : 'previous');
  }
}

export default function({parentElement, data, setTriggerValue}) {
  if (!parentElement.presentation || parentElement.presentation.stop.signal.aborted) {
    parentElement.presentation?.box.remove();
    parentElement.presentation = new Presentation(parentElement);
  }
  parentElement.presentation.update(data, setTriggerValue);
}
