import type { Country } from "./country.ts";

export const hungary: Country = {
  code: "HU",
  language: "hu",
  currencies: ["HUF", "HUF", "HUF", "EUR"],
  vat: "0.270",
  familyNames:
    "Nagy Kovács Tóth Szabó Horváth Varga Kiss Molnár Németh Farkas Balogh Papp Takács Juhász Lakatos Mészáros Oláh Simon Rácz Fekete Szilágyi Török Fehér Balázs Gál Kis Szűcs Kocsis Orsós Pintér Fodor Szalai Sipos Magyar Lukács Gulyás Biró Király Katona László Jakab Bogdán Balog Sándor Boros Fazekas Kelemen Antal Váradi Somogyi Fülöp Orosz Vincze Veres Budai Deák Hegedűs Pap Bálint Pál Illés Szőke Vörös Vass Bognár Lengyel Fábián Bodnár Szűts Hajdu Halász Jónás Máté Kozma Gáspár Pásztor Bakos Dudás Major Virág Hegedüs Orbán Novák Barna Soós Tamás Nemes Pataki Balla Faragó Kerekes Borbély Barta Péter Szekeres Csonka Mezei Sárközi".split(
      " ",
    ),
  givenNames:
    "László István József János Zoltán Sándor Gábor Ferenc Attila Péter Tamás Zsolt Tibor András Csaba Imre Lajos György Balázs Gyula Mihály Róbert Dávid Ádám Krisztián Dániel Norbert Béla Bence Máté Mária Erzsébet Katalin Ilona Éva Anna Zsuzsanna Margit Judit Ágnes Andrea Erika Ildikó Krisztina Mónika Tünde Piroska Magdolna Gabriella Anikó Szilvia Nikolett Orsolya Réka Eszter Nóra Zsófia Boglárka Kinga Dóra Tímea Beáta Enikő Adrienn Emese Viktória Petra Dorottya Lilla Hanna".split(
      " ",
    ),
  cities: [
    ["Budapest", "1054", "1"],
    ["Budapest", "1117", "1"],
    ["Budapest", "1138", "1"],
    ["Budapest", "1095", "1"],
    ["Debrecen", "4025", "52"],
    ["Szeged", "6720", "62"],
    ["Miskolc", "3525", "46"],
    ["Pécs", "7621", "72"],
    ["Győr", "9021", "96"],
    ["Nyíregyháza", "4400", "42"],
    ["Kecskemét", "6000", "76"],
    ["Székesfehérvár", "8000", "22"],
    ["Szombathely", "9700", "94"],
    ["Szolnok", "5000", "56"],
    ["Tatabánya", "2800", "34"],
    ["Kaposvár", "7400", "82"],
    ["Békéscsaba", "5600", "66"],
    ["Veszprém", "8200", "88"],
    ["Zalaegerszeg", "8900", "92"],
    ["Sopron", "9400", "99"],
    ["Eger", "3300", "36"],
    ["Nagykanizsa", "8800", "93"],
    ["Dunaújváros", "2400", "25"],
    ["Hódmezővásárhely", "6800", "62"],
    ["Esztergom", "2500", "33"],
    ["Vác", "2600", "27"],
    ["Gödöllő", "2100", "28"],
    ["Érd", "2030", "23"],
    ["Baja", "6500", "79"],
    ["Gyula", "5700", "66"],
  ].map(([name = "", postalCode = "", area = ""]) => ({ name, postalCode, area })),
  streets:
    "Petőfi Sándor utca,Kossuth Lajos utca,Rákóczi út,Ady Endre utca,József Attila utca,Arany János utca,Dózsa György út,Széchenyi tér,Bartók Béla út,Fő utca,Bem rakpart,Hunyadi János út,Deák Ferenc tér,Móricz Zsigmond körtér,Vörösmarty utca,Jókai Mór utca,Bethlen Gábor utca,Kazinczy utca,Béke utca,Szabadság tér,Ipari park,Gyár utca,Vasút utca,Kertész utca,Malom köz,Akácfa utca,Tölgyfa utca,Táncsics Mihály utca,Mikszáth Kálmán tér,Zrínyi Miklós utca".split(
      ",",
    ),
  firms:
    "Aranykalász Tiszamenti Pannon Dunakanyar Alföldi Mátra Balaton Hortobágy Bükk Kékfény Zöldliget Napsugár Vadrózsa Gyöngyvirág Fehérló Turul Délibáb Csillagvár Körös Bakonyi Zemplén Mecsek Őrség Rábaköz Kunsági Hajdúsági Szilvás Tölgyes Sasfészek Holdfény Tavasz Ezüstfenyő Kőris Nyírség Sárrét Viharsarok Harmat Kristály Mozaik Fonál Iránytű Horgony Vitorla Lámpás Pajta Kemence Cserép Búzavirág Pipacs Vízimalom".split(
      " ",
    ),
  trades:
    "Építőipari Kereskedelmi Szállítmányozási Informatikai Gépgyártó Nyomdaipari Élelmiszeripari Mezőgazdasági Faipari Fémipari Textilipari Könyvelő Ügyviteli Villamossági Épületgépészeti Bútorgyártó Csomagolástechnikai Logisztikai Egészségügyi Vendéglátó Biztonságtechnikai Környezetvédelmi Ingatlankezelő Műanyagipari".split(
      " ",
    ),
  forms: ["Kft.", "Kft.", "Kft.", "Bt.", "Zrt.", "Nyrt."],
  products:
    "irodai szék,tárgyalóasztal,címkenyomtató,raklapos szállítás,havi karbantartás,rendszerfelügyelet,szoftverlicenc,oktatás,műszaki felmérés,hegesztett acélkeret,hőszivattyú,LED-es lámpatest,csavarkészlet,tűzvédelmi ajtó,nyílászáró beépítés,csomagolófólia,kartondoboz,bérszámfejtés,takarítás,tanácsadás,kamerarendszer,szerverbérlés,hálózati kapcsoló,laptop,monitor,festék,csempe,gipszkarton,szigetelőanyag,tartalék alkatrész,szűrőbetét,hidraulikatömlő,motorolaj,gumiabroncs,munkaruha,védősisak,vetőmag,műtrágya,öntözőrendszer,napelem".split(
      ",",
    ),
  units: ["db", "óra", "nap", "m", "m2", "kg", "raklap", "készlet", "hónap", "alkalom"],
  prose: {
    when: "Ma délelőtt,Ma délután,Tegnap,Tegnapelőtt,A múlt héten,Hétfőn,Kedden,Szerdán,Csütörtökön,Pénteken,Telefonon,A megbeszélésen,Levélben,A helyszínen,Az ajánlat után,Rövid egyeztetésen,A kiállításon,Ebéd közben,Visszahívásakor,A bejárás során,Hó végén,Váratlanul,Kérésünkre,Másodszor is,Az átadáskor,Reggel,Este még,Ismét,A felmérésnél,Új emberként".split(
      ",",
    ),
    who: "az ügyvezető,a beszerző,a pénzügyes,a raktáros,az üzemvezető,a titkárnő,az informatikus,a könyvelő,a tulajdonos,az új kolléga,a projektvezető,a műszakvezető,az építésvezető,a gyártásvezető,a helyettes,a jogász,az ügyfél,a partner,a szállító,a minőségellenőr".split(
      ",",
    ),
    says: "jelezte, hogy;kérte, tudjuk meg miért;megerősítette, hogy;azt írta, hogy;panaszkodott, mert;örült, hogy;szerint;elmondta, hogy;úgy tudja, hogy;attól tart, hogy;megígérte, hogy;arra kért, figyeljünk, mert;bizonytalan, hogy;elismerte, hogy;hozzátette, hogy;vitatja, hogy;szeretné, ha;elfelejtette, hogy;nem hiszi, hogy;arról számolt be, hogy".split(
      ";",
    ),
    thing:
      "a szállítás,a számla,az ajánlat,a szerződés,a minta,a garancia,a határidő,a kedvezmény,az átutalás,a megrendelés,a javítás,a tervrajz,a próbaüzem,a beüzemelés,a tanúsítvány,a fuvar,az előleg,a készlet,a pótalkatrész,az engedély,a teljesítési igazolás,a második ütem,a raktárkészlet,az oktatás,a kézikönyv,a hitelkeret,a csomagolás,a felújítás,az új telephely,a rendszer".split(
        ",",
      ),
    state:
      "késik,elkészült,rendben van,hiányos,megérkezett,elveszett,drágább lett,még nincs meg,jóváhagyásra vár,elakadt,sürgős,módosult,kétszer szerepel,teljesült,elmarad,jövő héten jön,átment az ellenőrzésen,nem egyezik a megrendeléssel,csak részben jó,túl sok,elegendő,lejárt,megváltozott,félbemaradt,folyamatban van,a vártnál jobb,újra kell,kérdéses".split(
        ",",
      ),
    why: "a gyártó miatt,az időjárás miatt,a szabadságok miatt,az árfolyam miatt,egy elírás miatt,mert beteg a felelős,a vám miatt,ahogy ígértük,a tavalyihoz képest,az új vezető döntésére,a felmérés szerint,mert kevés a raktárhely,a bank késése miatt,a közös terv szerint,gépcsere miatt,az ünnepek előtt,raktározási hiba folytán,a pályázat miatt,mint mindig,egyelőre ok nélkül,a leltár után,a két cég megállapodása szerint,létszámhiány miatt,a belső szabályzat miatt".split(
      ",",
    ),
    next: "Visszahívom,Küldök új ajánlatot,Megnézem a raktárban,Szólok a pénzügynek,Egyeztetek a szerelőkkel,Vár a válaszunkra,Nincs teendő,Jövő hónapban újra keressük,Személyes találkozót kér,Írásban is kéri,Emlékeztetőt tettem be,Átadtam a kollégának,A vezetővel kell egyeztetni,Kedvezményt vár,Mintát viszek,Bekérem a papírokat,Elnézést kértem,Lezártam,Referenciát kér,Utánajárok".split(
      ",",
    ),
    date: ["határidő:", "legkésőbb", "időpont:", "legközelebb:", "dátum:"],
    amount: ["összeg:", "kb.", "ára", "keret:", "tartozás:", "ajánlatunk:"],
    order: ["rendelésszám", "bizonylat:", "hivatkozás:", "iktatva:", "ügyszám"],
    call: ["telefon:", "mobilja:", "elérhető:", "visszahívni:"],
  },
  taxNumber(random, company) {
    // Seven digits, a check digit by the weights 9 7 3 1, VAT code, and the county's tax office.
    const base = String(1_000_000 + ((company * 48_271) % 2_299_999));
    const sum = [9, 7, 3, 1, 9, 7, 3].reduce((total, weight, at) => total + weight * Number(base[at]), 0);
    return `${base}${(10 - (sum % 10)) % 10}-${random.between(1, 3)}-${String(random.between(2, 44)).padStart(2, "0")}`;
  },
  registrationNumber(random) {
    return `${String(random.between(1, 20)).padStart(2, "0")}-${random.pick(["09", "06", "10"])}-${random.digits(6)}`;
  },
  phone(random, city) {
    if (random.chance(60)) {
      return `+36 ${random.pick(["20", "30", "70"])} ${random.between(200, 999)} ${random.digits(4)}`;
    }
    return `+36 ${city.area} ${random.between(200, 999)} ${random.digits(city.area === "1" ? 4 : 3)}`;
  },
};
