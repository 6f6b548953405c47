import type { Country } from "./country.ts";

export const romania: Country = {
  code: "RO",
  language: "ro",
  currencies: ["RON", "RON", "RON", "EUR"],
  vat: "0.190",
  familyNames:
    "Popa Popescu Ionescu Pop Radu Dumitru Stan Stoica Gheorghe Matei Ciobanu Rusu Constantin Marin Moldovan Munteanu Dinu Florea Lazăr Dobre Barbu Nistor Nicolae Ilie Sandu Costea Mihai Toma Tudor Voicu Diaconu Oprea Vasile Preda Enache Ene Manea Neagu Bălan Cristea Dragomir Ungureanu Iordache Coman Anghel Avram Tănase Grigore Sava Mocanu Suciu Olaru Petre Roman Mureșan Crișan Albu Iancu Nedelcu Zamfir Vlad Cojocaru Dumitrescu Georgescu Stănescu Constantinescu Stanciu Marinescu Niculescu Petrescu Ștefan Filip Aldea Chiriac Ardelean Bucur Badea Bratu Negru Pavel Simion Trif Câmpeanu Hanganu Lupu Ursu Țăranu Șerban Mitrea Păun".split(
      " ",
    ),
  givenNames:
    "Andrei Alexandru Ion Gheorghe Mihai Ștefan Constantin Vasile Nicolae Cristian Daniel Florin Adrian Marius Bogdan Ionuț Gabriel Cosmin Răzvan Radu Vlad Sorin Dan Liviu Ovidiu Cătălin Claudiu Dragoș Horia Petru Maria Elena Ana Ioana Andreea Mihaela Cristina Gabriela Daniela Alexandra Georgiana Simona Raluca Alina Roxana Monica Oana Diana Laura Carmen Mirela Anca Adina Corina Lavinia Bianca Denisa Teodora Iulia Camelia Doina Luminița Ileana Viorica Mădălina Nicoleta Delia Irina Silvia Ecaterina".split(
      " ",
    ),
  cities: [
    ["București", "010065", "21"],
    ["București", "030167", "21"],
    ["București", "060042", "21"],
    ["Cluj-Napoca", "400001", "264"],
    ["Timișoara", "300006", "256"],
    ["Iași", "700028", "232"],
    ["Constanța", "900178", "241"],
    ["Craiova", "200585", "251"],
    ["Brașov", "500007", "268"],
    ["Galați", "800008", "236"],
    ["Ploiești", "100066", "244"],
    ["Oradea", "410068", "259"],
    ["Brăila", "810019", "239"],
    ["Arad", "310010", "257"],
    ["Pitești", "110014", "248"],
    ["Sibiu", "550159", "269"],
    ["Bacău", "600011", "234"],
    ["Târgu Mureș", "540026", "265"],
    ["Baia Mare", "430013", "262"],
    ["Buzău", "120018", "238"],
    ["Satu Mare", "440012", "261"],
    ["Suceava", "720003", "230"],
    ["Miercurea Ciuc", "530003", "266"],
    ["Sfântu Gheorghe", "520008", "267"],
    ["Alba Iulia", "510009", "258"],
    ["Deva", "330005", "254"],
    ["Bistrița", "420015", "263"],
    ["Zalău", "450016", "260"],
    ["Reșița", "320017", "255"],
    ["Tulcea", "820009", "240"],
  ].map(([name = "", postalCode = "", area = ""]) => ({ name, postalCode, area })),
  streets:
    "Strada Mihai Eminescu,Bulevardul Unirii,Strada Republicii,Calea Victoriei,Strada Avram Iancu,Bulevardul 1 Decembrie 1918,Strada Nicolae Bălcescu,Strada Horea,Piața Libertății,Strada Independenței,Strada Gării,Strada Fabricii,Calea București,Strada Tudor Vladimirescu,Strada George Coșbuc,Bulevardul Eroilor,Strada Ion Creangă,Strada Morii,Strada Primăverii,Aleea Teilor,Strada Lungă,Strada Mureșului,Piața Unirii,Strada Vasile Alecsandri,Strada Dorobanților,Calea Moldovei,Strada Livezilor,Strada Viilor,Splaiul Independenței,Strada Castanilor".split(
      ",",
    ),
  firms:
    "Carpatica Dunărea Miorița Zimbrul Ardealul Bucegi Codrii Cetatea Floarea Izvorul Steaua Luceafărul Vulturul Ghiocelul Crinul Salcâmul Bradul Stejarul Argeșul Oltul Someșul Mureșul Prutul Siretul Delta Pontica Transilvană Bucovina Moldoveanca Oltenia Maramureș Crișana Retezat Făgăraș Ceahlău Parângul Apuseni Moara Fântâna Cuptorul Covorul Busola Ancora Felinarul Cărămida Spicul Macul Albăstreaua Orizont Mozaic".split(
      " ",
    ),
  trades:
    "Construct,Comerț,Transport,Informatică,Mecanic,Tipografie,Alimentar,Agricol,Lemn,Metal,Textil,Contabilitate,Consult,Electric,Instalații,Mobilă,Ambalaje,Logistic,Medical,Turism,Securitate,Mediu,Imobiliare,Plast".split(
      ",",
    ),
  forms: ["S.R.L.", "S.R.L.", "S.R.L.", "S.R.L.", "S.A.", "S.N.C."],
  products:
    "scaun de birou,masă de ședințe,imprimantă de etichete,transport paletizat,mentenanță lunară,supraveghere sistem,licență software,instruire,evaluare tehnică,cadru metalic sudat,pompă de căldură,corp de iluminat LED,set de șuruburi,ușă antifoc,montaj tâmplărie,folie de ambalat,cutie de carton,calcul salarial,curățenie,consultanță,sistem de camere,închiriere server,switch de rețea,laptop,monitor,vopsea,gresie,gips-carton,material izolant,piesă de schimb,cartuș filtrant,furtun hidraulic,ulei de motor,anvelopă,îmbrăcăminte de lucru,cască de protecție,sămânță,îngrășământ,sistem de irigații,panou solar".split(
      ",",
    ),
  units: ["buc", "oră", "zi", "m", "mp", "kg", "palet", "set", "lună", "vizită"],
  prose: {
    when: "Azi dimineață,Azi după-amiază,Ieri,Alaltăieri,Săptămâna trecută,Luni,Marți,Miercuri,Joi,Vineri,La telefon,La întâlnire,În scris,La fața locului,După ofertă,Într-o discuție scurtă,La târg,La prânz,Când a revenit,La vizionare,La sfârșitul lunii,Pe neașteptate,La cererea noastră,A doua oară,La predare,Dimineața,Seara,Din nou,La măsurători,Ca om nou".split(
      ",",
    ),
    who: "directorul,achizitorul,responsabila financiară,magazionerul,șeful de secție,secretara,informaticianul,contabila,proprietarul,noua colegă,șeful de proiect,șeful de tură,dirigintele de șantier,șeful producției,adjunctul,juristul,clientul,partenerul,furnizorul,inspectorul de calitate".split(
      ",",
    ),
    says: "a anunțat că,întreabă de ce,a confirmat că,a scris că,s-a plâns că,s-a bucurat că,crede că,a spus că,din câte știe,se teme că,a promis că,ne roagă să ținem cont că,nu e sigur că,a recunoscut că,a adăugat că,contestă că,ar dori ca,a uitat că,nu crede că,a raportat că".split(
      ",",
    ),
    thing:
      "livrarea,factura,oferta,contractul,mostra,garanția,termenul,reducerea,plata,comanda,reparația,planul,proba,punerea în funcțiune,certificatul,transportul,avansul,stocul,piesa,avizul,procesul-verbal,etapa a doua,inventarul,instruirea,manualul,limita de credit,ambalajul,renovarea,noul sediu,sistemul".split(
        ",",
      ),
    state:
      "întârzie,este gata,este în regulă,nu este complet,a sosit,s-a pierdut,s-a scumpit,lipsește încă,așteaptă aprobarea,s-a blocat,este urgent,s-a modificat,apare de două ori,s-a încheiat,se amână,vine săptămâna viitoare,a trecut de verificare,nu corespunde comenzii,este bun doar parțial,este prea mult,ajunge,a expirat,s-a schimbat,a rămas la jumătate,este în lucru,e peste așteptări,trebuie refăcut,e sub semnul întrebării".split(
        ",",
      ),
    why: "din cauza producătorului,din cauza vremii,din cauza concediilor,din cauza cursului,dintr-o greșeală de scriere,fiindcă responsabilul e bolnav,din cauza vămii,așa cum am promis,față de anul trecut,la decizia noii conduceri,conform măsurătorilor,fiindcă depozitul e mic,din vina băncii,conform planului comun,din cauza schimbării utilajului,înainte de sărbători,dintr-o eroare de depozit,din cauza licitației,ca de obicei,deocamdată fără motiv,după inventar,conform înțelegerii,din lipsă de personal,după regulamentul intern".split(
      ",",
    ),
    next: "Îl sun înapoi,Trimit ofertă nouă,Verific în depozit,Anunț contabilitatea,Vorbesc cu montatorii,Așteaptă răspunsul nostru,Nimic de făcut,Revenim luna viitoare,Vrea o întâlnire,Cere și în scris,Am pus un memento,Am predat colegului,Trebuie vorbit cu șeful,Așteaptă o reducere,Duc o mostră,Cer actele,Mi-am cerut scuze,Am închis,Cere referințe,Mă interesez".split(
      ",",
    ),
    date: ["termen:", "cel târziu", "programare:", "data viitoare:", "data:"],
    amount: ["suma:", "cca.", "preț", "buget:", "datorie:", "oferta noastră:"],
    order: ["comanda nr.", "document:", "referință:", "înregistrat:", "dosar"],
    call: ["telefon:", "mobil:", "disponibil la:", "de sunat:"],
  },
  taxNumber(_random, company) {
    // The weights of the fiscal code's check digit, for a code of eight digits with it.
    const base = String(1_000_000 + ((company * 48_271) % 3_999_971));
    const sum = [5, 3, 2, 1, 7, 5, 3].reduce((total, weight, at) => total + weight * Number(base[at]), 0);
    return `RO${base}${((sum * 10) % 11) % 10}`;
  },
  registrationNumber(random) {
    return `J${String(random.between(1, 40)).padStart(2, "0")}/${random.between(100, 19_999)}/${random.between(1994, 2024)}`;
  },
  phone(random, city) {
    if (random.chance(60)) return `+40 7${random.digits(2)} ${random.digits(3)} ${random.digits(3)}`;
    return city.area === "21"
      ? `+40 21 ${random.between(200, 999)} ${random.digits(4)}`
      : `+40 ${city.area} ${random.digits(3)} ${random.digits(3)}`;
  },
};
