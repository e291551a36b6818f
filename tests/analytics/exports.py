"""Reports of costs as ad platforms export them, with rows of our own invention and the sums that each must give."""

import codecs
from dataclasses import dataclass, field
from decimal import Decimal

Sums = dict[str, tuple[str, int | None, int | None, str | None]]  # campaign → cost, impressions, clicks, conversions


@dataclass(frozen=True)
class Report:
    """One export. `sums` are over all its days, `left_out` are rows of totals and rows that report nothing."""

    text: str
    platform: str
    sums: Sums
    currency: str = ""
    campaigns: dict[str, str] = field(default_factory=dict)
    left_out: tuple[int, int] = (0, 0)
    encoding: str = "utf-8"
    days: int = 2
    time_zone: str = ""

    @property
    def content(self) -> bytes:
        if self.encoding == "utf-16":
            return codecs.BOM_UTF16_LE + self.text.encode("utf-16-le")
        return self.text.encode(self.encoding)

    @property
    def total(self) -> Decimal:
        return sum((Decimal(cost) for cost, *_ in self.sums.values()), Decimal())


def tabs(text: str) -> str:
    """The same with tabs, as "Excel CSV" has it; cells with commas lose their quotes."""
    lines = []
    for line in text.splitlines():
        cells, quoted = [""], False
        for character in line:
            if character == '"':
                quoted = not quoted
            elif character == "," and not quoted:
                cells.append("")
            else:
                cells[-1] += character
        lines.append("\t".join(cells))
    return "\r\n".join(lines) + "\r\n"


GOOGLE_TEXT = """Campaign report
"September 1, 2026 - September 2, 2026"
Day,Campaign,Campaign ID,Currency code,Cost,Impr.,Clicks,Conversions
2026-09-01,"Boots, hats | autumn & winter",11111111111,EUR,"1,234.56","12,345",120,3.00
2026-09-02,"Boots, hats | autumn & winter",11111111111,EUR,99.90,900,9,0.50
2026-09-01,Total recall,22222222222,EUR,0.10,7,--,--
2026-09-02,Total recall,22222222222,EUR, --, --,--,--
Total: Account,--,--,EUR,"1,334.56","13,252",129,3.50
Total: Search,--,--,EUR,"1,334.56","13,252",129,3.50
Total: Campaigns,--,--,EUR,"1,334.56","13,252",129,3.50
"""
GOOGLE_SUMS: Sums = {"11111111111": ("1334.46", 13_245, 129, "3.5"), "22222222222": ("0.1", 7, None, None)}
GOOGLE_NAMES = {"11111111111": "Boots, hats | autumn & winter", "22222222222": "Total recall"}

REPORTS: dict[str, Report] = {
    "google": Report(GOOGLE_TEXT, "google_ads", GOOGLE_SUMS, "EUR", GOOGLE_NAMES, (3, 1)),
    "google, Excel CSV": Report(
        tabs(GOOGLE_TEXT), "google_ads", GOOGLE_SUMS, "EUR", GOOGLE_NAMES, (3, 1), encoding="utf-16"
    ),
    "google, 31 columns of a day": Report(
        "Campaign report\nAll time\nCampaign status,Day,Campaign,Budget,Budget name,Budget type,Currency code,Status,"
        "Status reasons,Optimization score,Campaign type,Bid strategy type,Conv. value / cost,Avg. target ROAS,"
        "Conv. value,TrueView views,Impr.,TrueView avg. CPV,Conversions,Conv. rate,Cost / conv.,Clicks,CTR,"
        "Conv. (Platform Comparable),Conv. value / Cost (Platform Comparable),Unique users,Avg. CPM,Cost,Likes,"
        "Comments,Shares,Goals\n"
        "Enabled,2026-09-01,Hats,50.00,Hats,Daily,USD,Eligible,,--,Search,Maximize,2.1,--,21.00,--,400,--,1.25,2%,8.00,"
        "20,5%,--,--,--,25.00,10.00,--,--,--,--\n"
        "Paused,2026-09-02,Hats,50.00,Hats,Daily,USD,Eligible,,--,Search,Maximize,2.1,--,21.00,--,100,--,1.00,2%,8.00,"
        "10,5%,--,--,--,25.00,2.50,--,--,--,--\n"
        "Total: Account, --, --,50.00,,,USD,,,--,,,2.1,--,42.00,--,500,--,2.25,2%,8.00,30,5%,--,--,--,25.00,12.50,--,"
        "--,--,--\n",
        "google_ads", {"Hats": ("12.5", 500, 30, "2.25")}, "USD", {"Hats": "Hats"}, (1, 0),
    ),
    "google, by device": Report(
        "Campaign report\nSeptember 1, 2026 - September 2, 2026\n"
        "Day,Campaign,Device,Currency code,Cost,Impr.,Clicks,Conversions\n"
        "2026-09-01,Roofs,Mobile phones,USD,10.00,100,5,1.00\n"
        "2026-09-01,Roofs,Computers,USD,4.50,50,2,0.50\n"
        "2026-09-01,Roofs,Tablets,USD,0.50,5,0,--\n"
        "2026-09-02,Roofs,Computers,USD,1.00,1,1,0.00\n",
        "google_ads", {"Roofs": ("16", 156, 8, "1.5")}, "USD", {"Roofs": "Roofs"},
    ),
    "google, German": Report(
        "Kampagnenbericht\n\"1. September 2026 - 2. September 2026\"\n"
        "Tag,Kampagne,Währungscode,Kosten,Impr.,Klicks,Conversions\n"
        "01.09.2026,Dach Frühling,EUR,\"1.234,56\",\"12.345\",120,\"3,00\"\n"
        "02.09.2026,Dach Frühling,EUR,\"99,90\",900,9,\"0,50\"\n"
        "Gesamt: Konto,--,EUR,\"1.334,46\",\"13.245\",129,\"3,50\"\n",
        "google_ads", {"Dach Frühling": ("1334.46", 13_245, 129, "3.5")}, "EUR", {}, (1, 0), encoding="cp1252",
    ),
    "google, French": Report(
        "Rapport sur les campagnes\n\"1 sept. 2026 - 2 sept. 2026\"\n"
        "Jour;Campagne;Code de la devise;Coût;Impr.;Clics;Conversions\n"
        "2026-09-01;Toitures;CAD;12,34;1\u202f234;7;1,00\n"
        "2026-09-02;Toitures;CAD;1\u00a0020,50;10\u202f500;88;2,50\n"
        "Total\u00a0: compte;--;CAD;1\u202f032,84;11\u202f734;95;3,50\n"
        "Total : campagnes;--;CAD;1\u202f032,84;11\u202f734;95;3,50\n",
        "google_ads", {"Toitures": ("1032.84", 11_734, 95, "3.5")}, "CAD", {}, (2, 0), encoding="utf-8-sig",
    ),
    "meta": Report(
        "Reporting starts,Reporting ends,Campaign name,Ad set name,Ad name,Day,Amount spent (USD),Impressions,"
        "Link clicks,Purchases,Purchases conversion value,Cost per purchase\n"
        "2026-09-01,2026-09-02,Retargeting,Broad,Ad A,2026-09-01,10.25,1000,20,2,80.00,5.13\n"
        "2026-09-01,2026-09-02,Retargeting,Broad,Ad B,2026-09-01,5.75,500,,,,\n"
        "2026-09-01,2026-09-02,Retargeting,Broad,Ad A,2026-09-02,4.00,400,8,1,40.00,4.00\n"
        "2026-09-01,2026-09-02,Prospecting,Lookalike,Ad C,2026-09-02,0.00,0,0,0,0,\n"
        "2026-09-01,2026-09-02,,,,,20.00,1900,28,3,120.00,6.67\n",
        "meta", {"Retargeting": ("20", 1_900, 28, "3"), "Prospecting": ("0", 0, 0, "0")}, "USD", {}, (1, 0),
    ),
    "meta, a day a report": Report(
        "Reporting starts,Reporting ends,Campaign name,Campaign delivery,Attribution setting,Results,Result indicator,"
        "Reach,Frequency,Cost per results,Amount spent (EGP),Impressions,\"CPM (cost per 1,000 impressions) (EGP)\","
        "Link clicks,CPC (cost per link click) (EGP),CTR (link click-through rate),Clicks (all),CTR (all),"
        "CPC (all) (EGP),Landing page views,Cost per landing page view (EGP)\n"
        "2026-09-01,2026-09-01,Ramadan,active,7-day click or 1-day view,5,actions:omni_purchase,900,1.1,20,100.5,"
        "1000,100.5,30,3.35,3,55,5.5,1.83,20,5.03\n"
        "2026-09-02,2026-09-02,Ramadan,active,7-day click or 1-day view,1,actions:link_click,90,1.1,20,9.5,100,95,3,"
        "3.17,3,5,5.5,1.9,2,4.75\n"
        "2026-09-01,2026-09-02,Total,,,,,990,1.1,,110,1100,100,33,3.33,3,60,5.5,1.83,22,5\n",
        "meta", {"Ramadan": ("110", 1_100, 33, None)}, "EGP", {}, (1, 0),
    ),
    "meta, French": Report(
        "Jour;Nom de la campagne;Montant dépensé (USD);Impressions\n"
        "01/09/2026;Été;1 234,56;45012\n"
        "02/09/2026;Été;1 002,00;39887\n",
        "meta", {"Été": ("2236.56", 84_899, None, None)}, "USD",
    ),
    "meta, Arabic": Report(
        "اليوم,اسم الحملة,المبلغ الذي تم إنفاقه (EGP),مرات الظهور\n"
        "2026-09-01,حملة الخريف,50.5,100\n"
        "2026-09-02,حملة الخريف,49.5,100\n",
        "meta", {"حملة الخريف": ("100", 200, None, None)}, "EGP",
    ),
    "tiktok": Report(
        "By Day,Campaign name,Ad group name,Ad name,Cost,Impressions,Clicks (destination),Complete payment,"
        "Total complete payment value\n"
        "2026-09-01,Dance,Group,Ad 1,12.30,1000,10,1,30.00\n"
        "2026-09-01,Dance,Group,Ad 2,2.70,100,1,0,0.00\n"
        "2026-09-02,Dance,Group,Ad 1,5.00,500,4,1,30.00\n"
        "Total,-,-,-,20.00,1600,15,2,60.00\n",
        "tiktok", {"Dance": ("20", 1_600, 15, "2")}, "", {}, (1, 0),
    ),
    "linkedin": Report(
        tabs(
            "Campaign Performance Report (in UTC)\n\"Report Start: September 1, 2026, 12:00 AM\"\n"
            "\"Report End: September 2, 2026, 11:59 PM\"\n\"Date Generated: September 3, 2026, 9:00 AM\"\n\n"
            "Start Date (in UTC),Account Name,Currency,Campaign Group ID,Campaign ID,Campaign Name,Campaign Type,"
            "Total Spent,Impressions,Clicks,Click Through Rate,Average CPC,Conversions\n"
            "9/1/2026,Acme,EUR,7,301,\"Leads, managers\",Sponsored Content,\"1,234.50\",\"10,000\",200,2%,6.17,3\n"
            "9/2/2026,Acme,EUR,7,301,\"Leads, managers\",Sponsored Content,100.00,2000,40,2%,2.50,1\n"
            "9/1/2026,Acme,EUR,7,302,Brand,Sponsored Content,10.25,500,4,0.8%,2.56,0\n"
            "Total,,,,,,,\"1,344.75\",\"12,500\",244,2%,5.51,4\n"
        ),
        "linkedin", {"301": ("1334.5", 12_000, 240, "4"), "302": ("10.25", 500, 4, "0")}, "EUR",
        {"301": "Leads, managers", "302": "Brand"}, (1, 0), encoding="utf-16", time_zone="UTC",
    ),
    "microsoft": Report(
        '"Report Name: Campaigns by day"\n"Report Time: 9/1/2026,9/2/2026"\n'
        '"Time Zone: (GMT-08:00) Pacific Time (US & Canada); Tijuana"\n'
        '"Last Completed Available Day: 9/3/2026 10:15:00 PM (GMT)"\n"Report Aggregation: Daily"\n"Report Filter: "\n'
        '"Potential Incomplete Data: false"\n"Rows: 3"\n\n'
        '"Gregorian date","Account name","Campaign name","Campaign ID","Impressions","Clicks","CTR (%)","Average CPC",'
        '"Spend","Conversions","Currency code"\n'
        '"9/1/2026","Acme","Shoes","[401]","1,500","30","2.00%","0.50","15.00","2","USD"\n'
        '"9/2/2026","Acme","Shoes","[401]","100","2","2.00%","0.50","1.00","0","USD"\n'
        '"9/2/2026","Acme","Hats","[402]","10","0","0.00%","","0.00","0","USD"\n\n'
        '"\u00a92026 Microsoft Corporation. All rights reserved. "\n',
        "microsoft", {"401": ("16", 1_600, 32, "2"), "402": ("0", 10, 0, "0")}, "USD", {"401": "Shoes", "402": "Hats"},
        (0, 1),
    ),
    "microsoft, API": Report(
        '"GregorianDate","AccountName","CampaignName","CampaignId","Impressions","Clicks","CurrencyCode","Spend"\n'
        '"2026-09-01","Acme","Shoes","401","1500","30","EUR","15.00"\n'
        '"2026-09-02","Acme","Shoes","401","100","2","EUR","1.00"\n',
        "microsoft", {"401": ("16", 1_600, 32, None)}, "EUR",
    ),
}  # fmt: skip
