using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Tests.Hocon;

/// <summary>Reads documents for tests, without the environment of the machine.</summary>
internal static class HoconText
{
    public static HoconConfig Parse(string text, params (string Name, string Value)[] environment) =>
        HoconConfig.ParseString(text, "test.conf", name => environment.FirstOrDefault(variable => variable.Name == name).Value);

    /// <summary>The value of the key <c>a</c>.</summary>
    public static HoconValue A(string text, params (string Name, string Value)[] environment) =>
        Parse(text, environment).Root.Find("a")!.Value.Value;

    public static string Json(string text, params (string Name, string Value)[] environment) => Parse(text, environment).Root.ToJson();

    public static string Error(string text) => Assert.ThrowsAny<HoconException>(() => Parse(text)).Message;
}
