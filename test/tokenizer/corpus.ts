// Texts to tokenise: real sentences in many scripts, and everything that is awkward about text.

/** One or two sentences per script or language. */
export const SENTENCES: readonly string[] = [
  "The quick brown fox jumps over the lazy dog, doesn't it? It's 3.14% of $5,000.00!",
  "Ça alors ! Où est passé l'élève naïf qui mangeait des œufs à Besançon ?",
  "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. GROẞE STRAẞE",
  "El pingüino Wenceslao hizo kilómetros bajo exhaustiva lluvia; ¿añoraba a su querido cachorro?",
  "Příliš žluťoučký kůň úpěl ďábelské ódy. Řeřicha!",
  "Zażółć gęślą jaźń; łódź, Łódź, źdźbło.",
  "Pijamalı hasta yağız şoföre çabucak güvendi. İSTANBUL ıIiİ",
  "Þórður fékk sér kæstan hákarl með brennivíni á Ísafirði. Æðislegt, ekki satt?",
  "Tôi yêu tiếng nước tôi từ khi mới ra đời, người ơi. Nguyễn Ngọc Ngạn",
  "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. ΟΔΥΣΣΕΥΣ ΑΣ Σ ᾳ ᾼ ΐ",
  "Съешь же ещё этих мягких французских булок, да выпей чаю. Ёлка Й й",
  "Чуєш їх, доцю, га? Кумедна ж ти, прощайся без ґольфів!",
  "Љубазни фењерџија чађавог лица хоће да ми покаже штос.",
  "Բել դղյակի ձախ ժամն օֆ ազգությանը ցպահանջ չճշտած վնաս էր եւ փառք։ և",
  "აბგად ჰავა ზეცა. ᲐᲑᲒ მოგესალმებით",
  "דג סקרן שט בים מאוכזב ולפתע מצא חברה. שָׁלוֹם עֲלֵיכֶם",
  "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر. بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ ﷺ ﷲ ١٢٣",
  "بر اثر چنین تلقین و شستشوی مغزی جامعی، سطح می‌رود؟ ۴۵۶",
  "ٹھنڈ میں، ایک قحط زدہ گاؤں سے گزرتے وقت ایک چڑچڑے، باأثر۔",
  "ܫܠܡܐ ܥܠܘܟ ܐܚܐ܀ ܐܰܒܽܘܢ",
  "ދިވެހިބަހަކީ ދިވެހިރާއްޖޭގެ ރަސްމީ ބަހެވެ.",
  "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश। क्षत्रिय ज्ञान हिन्दी क़लम",
  "আমার সোনার বাংলা, আমি তোমায় ভালোবাসি। ড় ঢ় য়",
  "ਪੰਜਾਬੀ ਭਾਸ਼ਾ ਬਹੁਤ ਮਿੱਠੀ ਹੈ। ਸ਼ ਖ਼",
  "ગુજરાતી ભાષા ખૂબ સુંદર છે.",
  "ଓଡ଼ିଆ ଭାଷା ସୁନ୍ଦର। ଡ଼",
  "யாதும் ஊரே யாவரும் கேளிர் தீதும் நன்றும் பிறர்தர வாரா. கொ கோ கௌ",
  "తెలుగు భాష తీయని భాష, దేశ భాషలందు తెలుగు లెస్స.",
  "ಕನ್ನಡ ನಾಡು ನುಡಿ ಸಂಸ್ಕೃತಿ ಶ್ರೀಮಂತ. ಕೊ ಕೋ",
  "മലയാളം ഒരു മനോഹരമായ ഭാഷയാണ്. ൻ ർ കൊ",
  "සිංහල භාෂාව ලස්සනයි. ශ්‍රී ලංකා කෝ",
  "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน น้ำ",
  "ພາສາລາວແມ່ນພາສາທາງການ ຳ",
  "မြန်မာဘာသာစကားသည် လှပသည်။ ဦး",
  "ភាសាខ្មែរ គឺជាភាសាផ្លូវការ។",
  "བོད་སྐད་ནི་སྙན་པོ་ཡོད། ཀྵ གྷ",
  "ሰላም ለዓለም ሁሉ። ኢትዮጵያ፣ አማርኛ",
  "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ꮳꮃꭹ",
  "ᐃᓄᒃᑎᑐᑦ ᐅᖃᐅᓯᖅ",
  "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ",
  "我能吞下玻璃而不伤身体。今天天气怎么样？《红楼梦》，「漢字」、𠀀𪚥 豈更車",
  "視野無限廣，窗外有藍天。鬱龜體 ㍻ ㈱ ①②③",
  "いろはにほへと ちりぬるを。がぎぐげご パピプペポ ﾊﾝｶｸ ｶﾞｷﾞ １２３ＡＢＣ ー〜",
  "키스의 고유조건은 입술끼리 만나야 하고. 한글 ᄒᆞᆫ글 각 ㄱㄴㄷ ﾡ",
  "ꦲꦏ꧀ꦱꦫ ꦗꦮ", // Javanese
  "𐌰𐌱𐌲 𐍅𐌿𐌻𐍆𐌹𐌻𐌰", // Gothic
  "𓀀𓂀𓃭 𒀀𒁀 𐎀𐎁", // hieroglyphs, cuneiform, Ugaritic
  "ⵜⴰⵎⴰⵣⵉⵖⵜ ⴰⴷ ⵜⵓⵙⵏⴰ",
  "ߒߞߏ ߞߊ߲ ߟߊߘߊ߬",
  "𞤀𞤣𞤤𞤢𞤥 𞤨𞤵𞤤𞤢𞤪",
  "ᬅᬓ᭄ᬱᬭᬩᬮᬶ ᮘᮞ",
  "ꯃꯤꯇꯩ ꯂꯣꯟ",
];

/** Awkward texts, each for a reason of its own. */
export const AWKWARD: readonly string[] = [
  "",
  " ",
  "   ",
  "a",
  "\n",
  "\t\r\n ",
  "  leading and trailing  ",
  "a  b   c    d\te\nf\r\ng\u000bh\u000ci",
  "\u00a0nbsp\u00a0\u2003em\u3000ideographic\u2028line\u2029para\u0085next\u1680ogham\u202fnarrow",
  "zero\u200bwidth\u200cnon\u200djoiner\ufeffbom\u2060word\u00adsoft\u180evowel",
  "\u202aLRE\u202c \u202eRLO\u202c \u2066LRI\u2069 \u200e\u200f mixed עברית and English عربى",
  "\u0000nul\u0001\u0007bell\u001b[0m\u007fdel\u0080\u009f\ufffd\uffff\ufdd0",
  "e\u0301 E\u0301 \u00e9 \u0301 \u0301\u0302 a\u0323\u0302 a\u0302\u0323 \u1ead q\u0307\u0323",
  "\u1e9b\u0323 \ufb01 \ufb03 \u00bd \u2460 \u33a5 \u210c \u2126 \u212b \u01c4 \u01c5 \u00b2",
  "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033dA\u0334\u0335\u031c\u0330\u034dL\u0489G\u0319\u0317O",
  "👨‍👩‍👧‍👦 👩🏽‍💻 🏳️‍🌈 🇫🇷🇩🇪 ☺️ ☺︎ 1️⃣ #️⃣ 🤷🏿‍♀️ 😀😃😄 ❤️‍🔥 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
  "𝕳𝖊𝖑𝖑𝖔 𝓦𝓸𝓻𝓵𝓭 𝟘𝟙𝟚 𝐀𝐁 🅰🅱 Ⓗⓔⓛⓛⓞ ｆｕｌｌ ⓦⓘⓓⓔ",
  "don't can't I'll we've he'd I'm they're DON'T I'LL o'clock 'tis rock'n'roll 's 't 'x",
  "foo.bar@example.com https://example.org/a/b?c=d&e=f#g C:\\Users\\x ~/.ssh/id_rsa",
  'snake_case camelCase kebab-case SCREAMING_CASE x=1;y+=2 a->b a=>b !== <!-- --> ``` "q" «g» „d“',
  "1234567890 12,345.67 1e-10 0xDEADBEEF 2024-01-31T23:59:59Z ½¾ Ⅻ ４２ ४२",
  "[CLS] [SEP] [MASK] [PAD] [UNK] a[MASK]b [mask] [ MASK ] [[MASK]] [MASK",
  "<s> </s> <pad> <unk> <mask> a<mask>b  <mask>  x <s>a</s> <S> <mask",
  "<|endoftext|> <|padding|> |||IP_ADDRESS||| |||EMAIL_ADDRESS||| [unused0] [unused12]",
  "<extra_id_0> x<extra_id_1>y  <extra_id_99> <START> <PAD> <UNKNOWN> _ __ ▁ ▁▁a",
  "## ##ing ##s playing ###x Ġ Ġhello Ċ ▁hello <0x0A> <0xE2>",
  "İ i̇ ı I ß ẞ ŉ ǰ ΐ ΰ և ẖ ﬀ ᾀ ΑΣ ΑΣΑ Σ. ςσ",
  "가 각 갂 한국어 조선말 ᄀ ᄀᆞ 가̣",
  "À\u0300 A\u0300\u0323 \u0344 \u0958 \u0f73 \u0f75 \u0f81 \u2adc \ufb1d \u1d15e \u2f800",
  "x\u302e\u302f 한\u302e\u0301 \u3099か\u3099 は\u309a ｶ\uff9e ウ\u3099",
  "क\u094d\u200dष क\u094d\u200cष \u0928\u093c \u09c7\u09be \u0b47\u0b56 \u0bc6\u0bbe \u0cbf\u0cd5",
  "supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis",
  "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
  "Lopadotemachoselachogaleokranioleipsanodrimhypotrimmatosilphioparaomelitokatakechymenokichl",
  "a".repeat(99),
  "a".repeat(100),
  "a".repeat(101),
  "é".repeat(100),
  "𝒳".repeat(101),
  "ab".repeat(400),
  "!".repeat(150),
  "😀".repeat(120),
  "漢".repeat(130),
  `x${" ".repeat(60)}y`,
  `${"\n".repeat(40)}z`,
  "hello ".repeat(300),
  "\ud800 lone high",
  "lone low \udfff end",
  "a\ud83db \ude00c \ud83d",
];

/** A small seeded generator, so that a failing text can be made again. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}

/** Ranges of code points to draw from; the first few twice as often as chance would have them. */
const RANDOM_RANGES: readonly (readonly [number, number])[] = [
  [0x20, 0x7e],
  [0x20, 0x7e],
  [0x61, 0x7a],
  [0x20, 0x20],
  [0x00, 0x1f],
  [0x7f, 0xff],
  [0x100, 0x24f],
  [0x300, 0x36f],
  [0x370, 0x58f],
  [0x590, 0x8ff],
  [0x900, 0xdff],
  [0xe00, 0x109f],
  [0x1100, 0x1fff],
  [0x2000, 0x2bff],
  [0x2e80, 0x33ff],
  [0x4e00, 0x9fff],
  [0xa000, 0xabff],
  [0xac00, 0xd7a3],
  [0xf900, 0xffff],
  [0x10000, 0x1ffff],
  [0x20000, 0x33479],
  [0xe0000, 0x10ffff],
];

function randomCharacters(random: () => number, count: number): string {
  let text = "";
  for (let made = 0; made < count; made++) {
    const range = RANDOM_RANGES[Math.floor(random() * RANDOM_RANGES.length)] ?? [32, 126];
    const codePoint = range[0] + Math.floor(random() * (range[1] - range[0] + 1));
    const surrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    text += surrogate ? " " : String.fromCodePoint(codePoint);
  }
  return text;
}

/** Pieces of the other texts, shuffled together. */
function randomMixture(random: () => number, sources: readonly string[]): string {
  let text = "";
  const parts = 1 + Math.floor(random() * 5);
  for (let part = 0; part < parts; part++) {
    const characters = [...(sources[Math.floor(random() * sources.length)] ?? "")];
    const from = Math.floor(random() * characters.length);
    text += characters.slice(from, from + 1 + Math.floor(random() * 24)).join("");
    if (random() < 0.3) text += " ";
    if (random() < 0.2) text += randomCharacters(random, 2);
  }
  return text;
}

/** `count` texts from a seed: random characters and mixtures of the known texts, half each. */
export function randomTexts(seed: number, count: number): string[] {
  const random = createRandom(seed);
  const sources = [...SENTENCES, ...AWKWARD.filter((text) => text.isWellFormed())];
  return Array.from({ length: count }, (_, index) =>
    index % 2 === 0
      ? randomCharacters(random, 1 + Math.floor(random() * 30))
      : randomMixture(random, sources),
  );
}
