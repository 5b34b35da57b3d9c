using System.Globalization;
using System.Xml.Linq;

namespace Sweeps.Orchestrator.Reports.Svg;

/// <summary>Builds one drawing, element by element. Numbers are written with two decimals at most, the same everywhere.</summary>
internal sealed class SvgCanvas
{
    private static readonly XNamespace _svg = "http://www.w3.org/2000/svg";
    private readonly XElement _root;

    /// <param name="width">in pixels at scale 1</param>
    /// <param name="height">in pixels at scale 1</param>
    /// <param name="title">what it shows, read out by screen readers</param>
    /// <param name="description">what a reader who cannot see it should know</param>
    public SvgCanvas(double width, double height, string title, string description)
    {
        _root = new XElement(_svg + "svg",
            new XAttribute("viewBox", $"0 0 {Number(width)} {Number(height)}"),
            new XAttribute("width", Number(width)),
            new XAttribute("height", Number(height)),
            new XAttribute("role", "img"),
            new XAttribute("aria-label", $"{title}. {description}"),
            new XElement(_svg + "title", title),
            new XElement(_svg + "desc", description));
    }

    public static string Number(double value)
    {
        var text = value.ToString("0.##", CultureInfo.InvariantCulture);
        return text == "-0" ? "0" : text;
    }

    public void Line(double x1, double y1, double x2, double y2, string style) =>
        Add("line", style, ("x1", Number(x1)), ("y1", Number(y1)), ("x2", Number(x2)), ("y2", Number(y2)));

    public void Polyline(IEnumerable<(double X, double Y)> points, string style, string dash = "none") =>
        Add(
            "polyline", style, ("stroke-dasharray", dash),
            ("points", string.Join(' ', points.Select(p => $"{Number(p.X)},{Number(p.Y)}"))));

    /// <summary>A smooth connection from left to right.</summary>
    public void Curve(double x1, double y1, double x2, double y2, string style, double? width = null, string? tooltip = null)
    {
        var bend = (x2 - x1) / 2;
        var element = Add(
            "path", style,
            ("d",
                $"M{Number(x1)} {Number(y1)}C{Number(x1 + bend)} {Number(y1)} {Number(x2 - bend)} {Number(y2)} {Number(x2)} {Number(y2)}"));
        if (width is { } w) element.Add(new XAttribute("stroke-width", Number(w)));
        if (tooltip is not null) element.Add(new XElement(_svg + "title", tooltip));
    }

    public void Circle(double x, double y, double radius, string style, string? tooltip = null)
    {
        var element = Add("circle", style, ("cx", Number(x)), ("cy", Number(y)), ("r", Number(radius)));
        if (tooltip is not null) element.Add(new XElement(_svg + "title", tooltip));
    }

    public void Rectangle(double x, double y, double width, double height, string style, string? tooltip = null)
    {
        var element = Add("rect", style, ("x", Number(x)), ("y", Number(y)), ("width", Number(width)), ("height", Number(height)));
        if (tooltip is not null) element.Add(new XElement(_svg + "title", tooltip));
    }

    public void Text(double x, double y, string text, string style = "", string anchor = "start", double rotate = 0)
    {
        var element = Add("text", style, ("x", Number(x)), ("y", Number(y)), ("text-anchor", anchor));
        if (rotate != 0) element.Add(new XAttribute("transform", $"rotate({Number(rotate)} {Number(x)} {Number(y)})"));
        element.Value = text;
    }

    /// <summary>The drawing for a page that has the style sheet.</summary>
    public XElement ToElement() => new(_root);

    /// <summary>The drawing as a file of its own, style sheet and background included.</summary>
    public string ToFile()
    {
        var root = ToElement();
        root.Elements().ElementAt(1).AddAfterSelf(
            new XElement(_svg + "style", SvgStyle.Variables + SvgStyle.Classes),
            new XElement(
                _svg + "rect", new XAttribute("width", "100%"), new XAttribute("height", "100%"), new XAttribute("fill", "var(--bg)")));
        return root.ToString(SaveOptions.DisableFormatting).ReplaceLineEndings("\n") + "\n";
    }

    private XElement Add(string name, string style, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        var element = new XElement(_svg + name);
        if (style.Length > 0) element.Add(new XAttribute("class", style));
        foreach (var (attribute, value) in attributes)
            if (value != "none") element.Add(new XAttribute(attribute, value));
        _root.Add(element);
        return element;
    }
}
