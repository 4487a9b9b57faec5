// Drives a vendor's hosted page as a person does who has no mouse. Prints one JSON object: what the page offers, what the
// keyboard reached, and where it led.
//
// node hosted_page.js BROWSER URL CHOICE SCREENSHOTS NAME

const path = require("node:path");
const { chromium } = require("playwright-core");

const [browserPath, url, choice, screenshots, name] = process.argv.slice(2);
const MOST_KEYS = 1000;

async function main() {
  const browser = await chromium.launch({
    executablePath: browserPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
    page.setDefaultTimeout(30_000);
    const asked = [];
    const complaints = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    const opened = await page.goto(url);

    const offered = await accessible(page);
    const shot = (what) => page.screenshot({ path: path.join(screenshots, `${name}-${what}.png`) });
    await page.emulateMedia({ colorScheme: "dark" });
    await shot("dark");
    await page.emulateMedia({ colorScheme: "light" });
    await shot("light");
    await page.setViewportSize({ width: 420, height: 900 });
    const overflows = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    await shot("narrow");
    await page.setViewportSize({ width: 1000, height: 900 });

    const tabs = await press(page, "Tab", (focused) => focused.type === "radio");
    const chosen = await press(page, "ArrowDown", (focused) => focused.value === choice);
    const focusOnChoice = await focus(page);
    await shot("chosen");
    await press(page, "Tab", (focused) => focused.type === "submit");
    const focusOnButton = await focus(page);
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === "POST"),
      page.waitForEvent("load"),
      page.keyboard.press("Enter"),
    ]);
    await shot("after");

    console.log(
      JSON.stringify({
        status: opened.status(),
        offered,
        overflows,
        tabs,
        arrows: chosen,
        focusOnChoice,
        focusOnButton,
        answered: answer.status(),
        ledTo: page.url(),
        heading: await page.locator("h1").textContent().catch(() => null),
        asked,
        complaints,
      }),
    );
  } finally {
    await browser.close();
  }
}

// What somebody hears who does not see the page: role, name and state.
async function accessible(page) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const spoken = ["radio", "button", "heading", "group", "radiogroup", "status"];
  return nodes
    .filter((node) => !node.ignored && spoken.includes(node.role?.value))
    .map((node) => ({ role: node.role.value, name: node.name?.value ?? "" }));
}

// Presses a key until the focus is right. Returns how often.
async function press(page, key, isRight) {
  for (let times = 0; times <= MOST_KEYS; times += 1) {
    if (isRight(await focus(page))) {
      return times;
    }
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not lead there`);
}

// Where the focus is, and whether it can be seen.
function focus(page) {
  return page.evaluate(() => {
    const focused = document.activeElement;
    const outlined = (element) => element && getComputedStyle(element).outlineStyle !== "none";
    const box = focused.getBoundingClientRect();
    return {
      type: focused.type ?? "",
      value: focused.value ?? "",
      checked: focused.checked ?? false,
      visible: outlined(focused) || outlined(focused.closest("label")),
      inSight: box.top >= 0 && box.bottom <= window.innerHeight,
    };
  });
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
