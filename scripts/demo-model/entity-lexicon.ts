// Names and sentence frames for the entity model.

import { lines, phrases, words } from "./word-list.ts";

export const FIRST_NAMES = words(`
  Anna Maria Peter John Mary James Robert Linda David Susan Michael Karen Thomas Sarah Daniel Laura
  Paul Emma Mark Julia George Helen Andrew Alice Kevin Diana Brian Claire Steven Sophie Edward Grace
  Ahmed Fatima Omar Layla Yusuf Amina Chen Mei Hiroshi Yuki Priya Arjun Ravi Anika Carlos Sofia
  Miguel Elena Pablo Lucia Ivan Olga Dmitri Natasha Lars Ingrid Sven Astrid Pierre Camille Luc
  Chloe Giovanni Francesca Marco Giulia Hans Greta Klaus Heidi Kofi Abena Kwame Zola Tariq Nadia
  William Charlotte Henry Amelia Jack Olivia Oscar Nora Felix Clara Hugo Ruth Simon Rachel Adam Eve
  Frank Martha Samuel Leah Victor Irene Walter Joan Patrick Bridget Liam Aoife Noah Isabel Lucas
  Angela Barack Donald Joe Boris Albert Isaac Charles Ada Alan Nelson Winston Theresa Vladimir
  Tim Jim Bob Ann Jane Kate Lucy Max Ben Sam Nick Matt Chris Alex Tony Harry Jill Amy Joe Bill Steve
  Mike Dave Rob Elon Jeff Emily Jessica Hannah Sandra Monika Stefan Andrea Marta Jan Piotr Katarzyna
  Ewa Agnes Eric Philip Nicole Melissa Ashley Jason Justin Ryan Gary Larry Scott Dennis Jerry`);

export const LAST_NAMES = words(`
  Smith Jones Brown Taylor Wilson Evans Walker Wright Green Hall Clarke Jackson Wood Turner Hill
  Cooper Ward Morris Moore King Baker Harris Lewis Scott Young Mitchell Kelly Murphy Ryan Byrne
  Garcia Lopez Martinez Fernandez Rossi Bianchi Romano Ricci Schmidt Weber Fischer Wagner Becker
  Hoffmann Dubois Moreau Laurent Lefebvre Petrov Ivanova Sokolov Kowalski Nowak Hansen Larsen
  Johansson Nilsson Andersson Tanaka Suzuki Yamamoto Kim Park Lee Wang Zhang Liu Patel Singh Sharma
  Gupta Khan Hussein Hassan Ali Mansour Okafor Mensah Diallo Mbeki Silva Santos Oliveira Costa
  Einstein Newton Darwin Lovelace Turing Merkel Obama Mandela Churchill Johnson Putin Biden Curie
  Anderson Thompson Robinson Carter Collins Edwards Stewart Morgan Bell Murray Reed Cox Webb Stone
  Doe Cook Gates Musk Jobs Bezos Clinton Bush Trump Macron Scholz Kennedy Lincoln Washington Miller
  Davis Rodriguez Hernandez Gonzalez Perez Nguyen Campbell Roberts Phillips Parker Cruz Gray James
  Watson Brooks Bennett Hughes Price Foster Powell Perry Russell Griffin Hayes Ford`);

export const PLACES = phrases(`
  London, Paris, Berlin, Madrid, Rome, Vienna, Prague, Warsaw, Lisbon, Dublin, Oslo, Stockholm,
  Helsinki, Copenhagen, Athens, Budapest, Moscow, Kyiv, Istanbul, Cairo, Lagos, Nairobi,
  Cape Town, Tokyo, Osaka, Beijing, Shanghai, Hong Kong, Singapore, Delhi, Mumbai, Sydney,
  Melbourne, New York, Los Angeles, San Francisco, Chicago, Boston, Seattle, Houston, Toronto,
  Montreal, Vancouver, Mexico City, Buenos Aires, Rio de Janeiro, Lima, Bogota, Geneva, Zurich,
  Brussels, Amsterdam, Hamburg, Munich, Cologne, Lyon, Marseille, Milan, Naples, Barcelona,
  Seville, Manchester, Liverpool, Edinburgh, Glasgow, Leeds, Bristol, Oxford, Cambridge, Germany,
  France, Spain, Italy, Portugal, Poland, Austria, Switzerland, Norway, Sweden, Denmark, Finland,
  Ireland, Scotland, England, Wales, Greece, Turkey, Egypt, Kenya, Nigeria, Ghana, South Africa,
  Japan, China, India, Australia, New Zealand, Canada, Mexico, Brazil, Argentina, Chile, Peru,
  United States, United Kingdom, Texas, California, Florida, Bavaria, Tuscany, Europe, Asia,
  Africa, Lake Geneva, Mount Everest, Hyde Park, Main Street, Baker Street, Wall Street,
  Silicon Valley, Washington, Philadelphia, Dallas, Miami, Denver, Atlanta, Detroit, Phoenix,
  Birmingham, Newcastle, Cardiff, Belfast, Cork, Frankfurt, Stuttgart, Dresden, Leipzig, Venice,
  Florence, Turin, Valencia, Porto, Krakow, Gdansk, Riga, Vilnius, Tallinn, Belgrade, Zagreb,
  Bucharest, Jerusalem, Dubai, Bangkok, Seoul, Taipei, Manila, Jakarta, Hanoi, Ukraine, Russia,
  Belgium, Netherlands, Hungary, Romania, Bulgaria, Croatia, Serbia, Israel, Iran, Iraq, Pakistan,
  Thailand, Vietnam, Korea, Indonesia, Colombia, Venezuela, Cuba, Iceland, Luxembourg, Malta,
  Cyprus, Morocco, Algeria, Ethiopia, Uganda, Tanzania, Zimbabwe, Hawaii, Alaska, Ohio, Virginia,
  Georgia, Quebec, Ontario`);

/** Whole names of organisations. */
export const ORGANISATIONS = phrases(`
  Google, Microsoft, Apple, Amazon, Facebook, IBM, Intel, Siemens, Bosch, Volkswagen, BMW, Toyota,
  Sony, Samsung, Nokia, Ericsson, Philips, Nestle, Airbus, Boeing, NASA, UNESCO, NATO, WHO, FIFA,
  BBC, CNN, Reuters, Greenpeace, Red Cross, United Nations, European Union, World Bank,
  European Central Bank, Bank of England, Deutsche Bank, Goldman Sachs, Harvard University,
  Stanford University, University of Oxford, Real Madrid, Manchester United, Bayern Munich,
  New York Times, General Motors, General Electric, British Airways, Air France, Coca Cola,
  Royal Society, Mozilla, Tesla, Netflix, Spotify, Uber, Ford, Shell, Pfizer, Bayer, Unilever`);

/** What follows a name in names of organisations that the model has not seen. */
export const ORGANISATION_ENDINGS = words(`
  Inc Ltd Corp Group Bank Motors Airlines Industries Systems Software Foundation Institute
  University Hospital College Council Press Media Energy Foods Records Studios Partners Holdings
  Technologies Labs Insurance Pharma Electronics Railways`);

/** Frames with {P} a person, {L} a place, {O} an organisation. */
export const ENTITY_FRAMES = lines(`
  {P} lives in {L} .
  {P} was born in {L} .
  {P} moved from {L} to {L} last year .
  {P} works for {O} .
  {P} works at {O} in {L} .
  {P} has joined {O} as chief engineer .
  {P} left {O} after ten years .
  {P} met {P} in {L} .
  {P} and {P} founded {O} in {L} .
  {P} , who studied in {L} , now leads {O} .
  {O} is based in {L} .
  {O} opened a new office in {L} .
  {O} announced on Monday that it will buy {O} .
  {O} hired {P} .
  {O} said that {P} would resign .
  {O} was founded by {P} in 1998 .
  {O} shares fell by three percent .
  {O} and {O} signed an agreement in {L} .
  The president of {L} met {P} .
  The mayor of {L} , {P} , opened the bridge .
  The capital of {L} is {L} .
  The headquarters of {O} are in {L} .
  The company {O} makes cars .
  The chairman of {O} , {P} , spoke to reporters .
  A spokesman for {O} declined to comment .
  Yesterday {P} flew to {L} .
  Last week {O} cut two hundred jobs .
  In {L} it rained all day .
  In 2019 {P} won a prize .
  We spent our holiday in {L} .
  We flew from {L} to {L} with our children .
  I wrote a letter to {P} .
  I asked {P} for help .
  I bought a phone from {O} .
  My friend {P} plays the piano .
  My name is {P} .
  My sister {P} studies at {O} .
  Mr {P} is our teacher .
  Mrs {P} lives next door .
  Dr {P} will see you now .
  President {P} gave a speech in {L} .
  Professor {P} teaches physics at {O} .
  Please call {P} at {O} .
  Can you send the report to {P} ?
  Where is {P} ?
  Is {L} far from {L} ?
  How is the weather in {L} ?
  The train to {L} leaves at noon .
  The flight from {L} was late .
  The river flows through {L} .
  The people of {L} voted on Sunday .
  They drove through {L} to {L} .
  They visited {L} , {L} and {L} .
  She married {P} in {L} .
  He sued {O} .
  He reads the news on {O} .
  According to {P} , the plan failed .
  According to {O} , sales rose in {L} .
  " I am happy , " said {P} .
  " It was late , " {P} told {O} .
  {P} wrote a book about {P} .
  {P} scored twice for {O} .
  {P} painted this picture .
  {P} 's car is red .
  {L} 's economy is growing .
  {O} 's profits doubled .
  {L} is a beautiful city .
  {L} borders {L} .
  {L} has many parks and museums .
  Researchers at {O} found a new planet .
  Students from {L} visited {O} .
  Thousands protested in {L} against {O} .
  Police in {L} arrested a man .
  The book by {P} was published by {O} .
  The film with {P} was shot in {L} .
  The doctors at {O} in {L} saved her life .
  Our office in {L} is closed on Friday .
  Thank you , {P} !
  Dear {P} , thank you for your letter .
  {P}
  {L}
  {O}
  {O} wants to build a plant in {L} .
  {O} is making a new engine with {O} .
  {O} has many customers .
  {L} is bigger than {L} .
  {L} is smaller and colder than {L} .
  {P} is older than {P} .
  {P} is the head of {O} .
  I like {L} .
  {P} visits {L} every summer .
  {P} told {P} a secret .
  I love {L} in the spring .
  I like {P} .
  Contact {P} at {O} in {L} .
  {P} came to {L} on Sunday .
  On Friday {P} gave {P} a present .
  The dog sleeps in the garden .
  It will rain tomorrow .
  The meeting starts at nine on Tuesday .
  This soup is very good .
  In January the shop was closed .
  He bought bread and milk .
  The old house was sold for a high price .
  What time is it ?
  Nobody knows the answer .
  Good morning , how are you ?
  A new car costs a lot of money .
  The children play football in the park .`);

/** Capitalised words that are no entities, to be found in frames and at sentence starts. */
export const PLAIN_CAPITALISED = words(`
  The A In On At My We I He She They It This That Yesterday Today Tomorrow Last Next Monday Tuesday
  Wednesday Thursday Friday Saturday Sunday January February March April May June July August
  September October November December Please Thank Dear Good Where How When What Who Why Is Can
  Nobody Our Your According Police Students Researchers Thousands President Professor However But
  And After Before While Although English French German Spanish Chinese European American British`);
