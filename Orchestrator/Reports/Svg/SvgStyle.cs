namespace Sweeps.Orchestrator.Reports.Svg;

/// <summary>Colours and the style sheet that all drawings share.</summary>
internal static class SvgStyle
{
    /// <summary>Number of series colours; after them the dashes change.</summary>
    public const int Colors = 7;

    /// <summary>Dash patterns, so that no two of 28 series look alike and colour is never the only sign.</summary>
    private static readonly string[] _dashes = ["none", "7 3", "2 2", "9 3 2 3"];

    /// <summary>
    /// The variables of the light and the dark scheme. The series are the palette of Okabe and Ito (2008), told apart by colour-blind
    /// readers,
    /// without its yellow, which is invisible on white; the dark scheme lightens the two that would vanish on black.
    /// </summary>
    public const string Variables = """
        :root{color-scheme:light dark;--bg:#ffffff;--fg:#1b1f24;--dim:#57606a;--grid:#d8dee4;
        --c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#e69f00;--c5:#56b4e9;--c6:#6e7781}
        @media (prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--grid:#30363d;
        --c0:#4ba3e3;--c1:#f0803c;--c2:#2fc79a;--c3:#e29bc4;--c4:#f0b433;--c5:#8fd0f7;--c6:#9aa4ae}}
        """;

    public const string Classes = """
        svg text{font:12px system-ui,sans-serif;fill:var(--fg)}svg .dim{fill:var(--dim)}svg .title{font-weight:600;font-size:14px}
        svg .small{font-size:10px}svg .grid{stroke:var(--grid);stroke-width:1}svg .axis{stroke:var(--dim);stroke-width:1;fill:none}
        svg .line{fill:none;stroke-width:1.8;stroke-linejoin:round}svg .reference{stroke:var(--dim);stroke-width:1.2;stroke-dasharray:4 4}
        svg .residual{stroke:var(--dim);stroke-opacity:.6;stroke-width:1;fill:none;stroke-dasharray:3 3}svg .node{fill:var(--bg);stroke:var(--fg);stroke-width:1.4}
        svg .edge{fill:none;stroke-opacity:.75}svg .faint{fill-opacity:.35}svg .thin{stroke-width:1;stroke-opacity:.45}
        svg .s0{stroke:var(--c0)}svg .s1{stroke:var(--c1)}svg .s2{stroke:var(--c2)}svg .s3{stroke:var(--c3)}
        svg .s4{stroke:var(--c4)}svg .s5{stroke:var(--c5)}svg .s6{stroke:var(--c6)}
        svg .f0{fill:var(--c0)}svg .f1{fill:var(--c1)}svg .f2{fill:var(--c2)}svg .f3{fill:var(--c3)}
        svg .f4{fill:var(--c4)}svg .f5{fill:var(--c5)}svg .f6{fill:var(--c6)}
        """;

    public static string Stroke(int series) => $"s{series % Colors}";

    public static string Fill(int series) => $"f{series % Colors}";

    public static string Dash(int series) => _dashes[series / Colors % _dashes.Length];
}
