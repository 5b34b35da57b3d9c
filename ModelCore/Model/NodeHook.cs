using static TorchSharp.torch;

namespace Sweeps.ModelCore.Model;

/// <summary>
/// Called at each node location of a forward pass, after AbsTopK, in the order a token meets them; at final_resid only where <see
/// cref="Transformer.HooksFinalResid"/>. What it returns takes the value's place: return
/// <paramref name="value"/> itself to only read, a new tensor of the same shape to replace or mask.
/// </summary>
/// <param name="location">where</param>
/// <param name="value">
/// (B, T, width of the site). Where logits are asked for at given positions only, the last layer's q, attn.resid_delta and the sites of its
/// MLP are (B, 1, width): those positions. The forward pass frees it when it no longer needs it; to keep it longer, call
/// DetachFromDisposeScope and dispose it yourself.
/// </param>
/// <returns>the value that the model goes on with</returns>
public delegate Tensor NodeHook(NodeLocation location, Tensor value);

/// <summary>
/// Called for the other values of a forward pass: <c>{l}.resid_in</c>, <c>{l}.attn.y</c> (before c_proj), <c>{l}.resid_mid</c> and
/// <c>final_resid</c> (before the last norm); where AbsTopK acts on residuals, for <c>{l}.resid_in.sum</c> and <c>{l}.resid_mid.sum</c>
/// before it, too. Return <paramref name="value"/> itself to only read. Lifetime as in <see cref="NodeHook"/>.
/// </summary>
/// <param name="name">which value</param>
/// <param name="value">(B, T, d_model), or (B, 1, d_model) as in <see cref="NodeHook"/></param>
/// <returns>the value that the model goes on with, of the same shape</returns>
public delegate Tensor ValueTap(string name, Tensor value);
